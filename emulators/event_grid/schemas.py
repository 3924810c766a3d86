"""The three schemas, by the names Azure Resource Manager has for them."""

from typing import Final, Literal

EVENT_GRID: Final = "EventGridSchema"
CLOUD_EVENTS: Final = "CloudEventSchemaV1_0"
CUSTOM_INPUT: Final = "CustomEventSchema"
CUSTOM_OUTPUT: Final = "CustomInputSchema"

InputSchema = Literal["EventGridSchema", "CloudEventSchemaV1_0", "CustomEventSchema"]
DeliverySchema = Literal["EventGridSchema", "CloudEventSchemaV1_0", "CustomInputSchema"]

# What a subscription gets when it does not say, and what it may ask for.
DELIVERIES: Final[dict[str, tuple[DeliverySchema, ...]]] = {
    EVENT_GRID: ("EventGridSchema", "CloudEventSchemaV1_0"),
    CLOUD_EVENTS: ("CloudEventSchemaV1_0",),
    # To another schema it would need an input mapping, which is not supported.
    CUSTOM_INPUT: ("CustomInputSchema",),
}


def resource_id(topic: str) -> str:
    """The Azure resource id that *topic* has here."""
    return (
        "/subscriptions/00000000-0000-0000-0000-000000000000/resourceGroups/local"
        f"/providers/Microsoft.EventGrid/topics/{topic}"
    )
