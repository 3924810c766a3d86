"""Sending one of our own events again, for a letter of the relay that is replayed."""

import json

from shared.application.ports import EventPublisher, Orders
from shared.domain.errors import EventsRefused, OrderNotFound
from shared.domain.order import OrderEvent


class ResendEvent:
    """The ``Resend`` port. The event goes out as the app words it today: the app may have been
    mended since the topic refused it.
    """

    def __init__(self, orders: Orders, publisher: EventPublisher) -> None:
        self._orders = orders
        self._publisher = publisher

    async def __call__(self, original: bytes) -> None:
        await self._publisher.publish([await self._event(*_named_in(original))])

    async def _event(self, order_id: str, number: int) -> OrderEvent:
        try:
            timeline = await self._orders.events(order_id)
        except OrderNotFound as error:
            raise EventsRefused(str(error)) from error
        for event in timeline:
            if event.number == number:
                return event
        raise EventsRefused(f"order {order_id} has no event {number}")


def _named_in(original: bytes) -> tuple[str, int]:
    """The order and number of the event in a letter."""
    try:
        data = json.loads(original)["data"]
        return str(data["orderId"]), int(data["number"])
    except (LookupError, TypeError, ValueError) as error:
        # A document that could not be read. Mended, it comes through the feed by itself.
        raise EventsRefused("the letter holds no event of an order") from error
