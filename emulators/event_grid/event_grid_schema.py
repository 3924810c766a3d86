"""Events of the Event Grid schema: https://learn.microsoft.com/azure/event-grid/event-schema."""

from typing import Any, Final

from emulators.event_grid.errors import InvalidEventsError
from emulators.event_grid.events import Document, Event, is_time
from emulators.event_grid.schemas import resource_id

_REQUIRED: Final = ("id", "subject", "eventType", "eventTime", "dataVersion")
_OPTIONAL: Final = ("topic", "metadataVersion", "data")
_METADATA_VERSION: Final = "1"


def parse(document: Any, topic: str) -> list[Event]:
    """The events in *document*, with what the service adds to them.

    Raises:
        InvalidEventsError: one of them is wrong; the message names what.
    """
    if not isinstance(document, list) or not document:
        raise InvalidEventsError(
            "This resource is configured to receive event in 'EventGridEvent' schema."
            " The JSON received is no array of at least one event."
        )
    return [Event.of(_completed(event, topic), "eventType") for event in document]


def _completed(event: Any, topic: str) -> Document:
    if not isinstance(event, dict):
        raise InvalidEventsError(f"An event is a JSON object, not {type(event).__name__}.")
    for name in _REQUIRED:
        if not isinstance(event.get(name), str) or not event[name]:
            raise InvalidEventsError(
                "This resource is configured for 'EventGridEvent' schema and requires"
                f" '{name}' property to be set to a text."
            )
    for name in event:
        if name not in _REQUIRED + _OPTIONAL:
            raise InvalidEventsError(f"The 'EventGridEvent' schema has no property '{name}'.")
    if not is_time(event["eventTime"]):
        raise InvalidEventsError(f"eventTime: '{event['eventTime']}' is no time.")
    if event.get("topic") not in (None, "", resource_id(topic)):
        raise InvalidEventsError(
            f"topic: '{event['topic']}' is not '{resource_id(topic)}'. Leave it out."
        )
    if event.get("metadataVersion") not in (None, "", _METADATA_VERSION):
        raise InvalidEventsError(f"metadataVersion must be '{_METADATA_VERSION}', or left out.")
    return {**event, "topic": resource_id(topic), "metadataVersion": _METADATA_VERSION}


def to_cloud_event(event: Document) -> Document:
    """*event* as a CloudEvent 1.0."""
    cloud_event = {
        "specversion": "1.0",
        "id": event["id"],
        "source": event["topic"],
        "type": event["eventType"],
        "subject": event["subject"],
        "time": event["eventTime"],
    }
    return {**cloud_event, "data": event["data"]} if "data" in event else cloud_event
