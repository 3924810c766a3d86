"""Orders and stock that arrive as events, through Event Grid, in either schema."""

from datetime import UTC, datetime
from typing import Any

import pytest
from azure.core.credentials import AzureKeyCredential
from azure.eventgrid.aio import EventGridPublisherClient

from shared.domain.identity import derive_order_id
from tests.events import SOURCE, cloud_event, event_grid_event
from tests.shop import Shop, eventually

pytestmark = pytest.mark.usefixtures("emulated")

EVENT_GRID_TOPIC = "inbound-event-grid-schema"
# What the emulator calls the topics of its one subscription.
TOPICS = (
    "/subscriptions/00000000-0000-0000-0000-000000000000/resourceGroups/local"
    "/providers/Microsoft.EventGrid/topics/"
)
WEBHOOK = "/runtime/webhooks/eventgrid?functionName=take_in_events"
TOPIC_KEY = "bG9jYWwtZXZlbnQtZ3JpZC1rZXk="


def now(event_type: str, data: Any, **changes: Any) -> Any:
    """A CloudEvent that happens now."""
    return cloud_event(event_type, data, **{"time": datetime.now(UTC).isoformat()} | changes)


class Publisher:
    """A system that publishes to the topics our app is subscribed to."""

    def __init__(self, urls: dict[str, str]) -> None:
        self._url = urls["event_grid"]

    async def publish(self, *events: Any, topic: str = "inbound") -> None:
        """One request with all of *events*."""
        endpoint = f"{self._url}/{topic}/api/events"
        async with EventGridPublisherClient(endpoint, AzureKeyCredential(TOPIC_KEY)) as client:
            await client.send(list(events))


@pytest.fixture
def publisher(urls) -> Publisher:
    """The online shop, the warehouse, the carrier."""
    return Publisher(urls)


async def test_an_order_that_comes_as_an_event_is_fulfilled(shop: Shop, publisher):
    """The very same way as over HTTP, under an id that its sender can know."""
    await shop.stock(MUG=10)
    event = now("Orders.OrderSubmitted", shop.order({"MUG": 2}))

    await publisher.publish(event, event)

    order = await shop.settled(derive_order_id(SOURCE, event["id"]))
    assert order["status"] == "Confirmed"
    assert await shop.level("MUG") == (10, 2)


async def test_stock_that_comes_as_events_is_on_hand_once(shop: Shop, publisher):
    """Sent twice, in one delivery and in another, it counts once."""
    await shop.stock(MUG=10)
    events = [
        now("Inventory.StockAdjusted", {"sku": shop.sku("MUG"), "delta": 3}) for _ in range(20)
    ]

    await publisher.publish(*events, *events)
    await publisher.publish(*events)

    await eventually(lambda: has_level(shop, "MUG", (70, 0)))


async def has_level(shop: Shop, name: str, level: tuple[int, int]) -> bool:
    """Whether a product has come to that level."""
    return await shop.level(name) == level


async def test_a_shipment_may_overtake_its_order(shop: Shop, publisher):
    """It waits for the order, and is applied when that is Confirmed."""
    await shop.stock(MUG=10)
    event = now("Orders.OrderSubmitted", shop.order({"MUG": 2}))
    order_id = derive_order_id(SOURCE, event["id"])
    shipment = {"orderId": order_id}

    await publisher.publish(now("Shipping.ShipmentDelivered", shipment))
    await publisher.publish(now("Shipping.ShipmentDispatched", shipment))
    await publisher.publish(event)

    async def delivered() -> bool:
        answer = await shop.ask("GET", f"/api/orders/{order_id}")
        return answer.body.get("status") == "Delivered"

    await eventually(delivered)


async def test_the_event_grid_schema_is_taken_in_as_well(shop: Shop, publisher):
    """A topic has one schema; which one, its owner decided long ago."""
    await shop.stock(MUG=10)
    event = event_grid_event(
        "Orders.OrderSubmitted",
        shop.order({"MUG": 2}),
        subject="orders",
        eventTime=datetime.now(UTC).isoformat(),
    )
    del event["topic"]  # the service fills it in

    await publisher.publish(event, topic=EVENT_GRID_TOPIC)

    source = TOPICS + EVENT_GRID_TOPIC
    order = await shop.settled(derive_order_id(source, event["id"]))
    assert order["status"] == "Confirmed"


async def test_poison_does_not_harm_its_neighbours(shop: Shop, publisher):
    """One bad record in a batch is one dead letter."""
    await shop.stock(MUG=10)
    good = [now("Inventory.StockAdjusted", {"sku": shop.sku("MUG"), "delta": 1}) for _ in range(4)]
    bad = now("Inventory.StockAdjusted", {"sku": shop.sku("MUG"), "delta": "many"})

    await publisher.publish(*good[:2], bad, *good[2:])

    await eventually(lambda: has_level(shop, "MUG", (14, 0)))
    letter = await dead_letter(shop, bad["id"])
    assert letter["reason"] == "invalid-data"
    assert "delta" in letter["detail"]


async def dead_letter(shop: Shop, event_id: str) -> Any:
    """The dead letter of an event, once there is one."""
    found: list[Any] = []

    async def listed() -> bool:
        answer = await shop.ask("GET", "/api/ops/dead-letters?limit=200")
        found.extend(x for x in answer.body["deadLetters"] if x["eventId"] == event_id)
        return bool(found)

    await eventually(listed)
    return found[0]


async def test_a_dead_letter_can_be_replayed_after_a_fix(shop: Shop, publisher):
    """The product was forgotten; once it is there, its stock is not lost."""
    event = now("Inventory.StockAdjusted", {"sku": shop.sku("LATE"), "delta": 4})
    await publisher.publish(event)
    letter = await dead_letter(shop, event["id"])
    assert letter["reason"] == "product-not-found"

    await shop.stock(LATE=1)
    path = f"/api/ops/dead-letters/{letter['id']}/replay"
    answers = [await shop.ask("POST", path) for _ in range(2)]

    assert [answer.status for answer in answers] == [200, 200]
    assert await shop.level("LATE") == (5, 0)
