"""What the warehouse and the carrier tell: parcels that leave and arrive, stock that changes."""

import asyncio

from hypothesis import strategies as st
from hypothesis.stateful import rule

from tests.chaos.order_lives.life import Life
from tests.chaos.order_lives.rules import Rules, orders
from tests.chaos.order_lives.story import ON_HAND

copies = st.integers(1, 2)


class CarrierRules(Rules):
    """Events that come once or twice, in time or too early."""

    @rule(order=orders, copies=copies)
    def dispatches(self, order: Life, copies: int) -> None:
        """The parcel has left; also one of an order that is not to leave."""
        self.story.note(f"dispatch {order.id}, told {copies} times")
        order.dispatched = True
        event = self.story.send(
            "Shipping.ShipmentDispatched", copies, orderId=order.id, carrier="Royal Mail"
        )
        self.wait(event)

    @rule(order=orders, copies=copies)
    def delivers(self, order: Life, copies: int) -> None:
        """The parcel has arrived; perhaps nobody has said that it had left."""
        self.story.note(f"deliver {order.id}, told {copies} times")
        order.delivered = True
        self.wait(self.story.send("Shipping.ShipmentDelivered", copies, orderId=order.id))

    @rule(name=st.sampled_from(list(ON_HAND)), delta=st.sampled_from([3, 1, -1, -4]), copies=copies)
    def counts_stock(self, name: str, delta: int, copies: int) -> None:
        """More or fewer are on the shelf, unless orders hold them."""
        self.story.note(f"{name} {delta:+}, told {copies} times")
        self.wait(self._adjust(self.story.shop.sku(name), delta, copies))

    async def _adjust(self, sku: str, delta: int, copies: int) -> None:
        # Before it is told: an order under way may find the goods gone already.
        self.story.lowest[sku] += min(delta, 0)
        sent = await self.story.send("Inventory.StockAdjusted", copies, sku=sku, delta=delta)
        while not sent.is_acknowledged:  # only for as long as a killed database takes to start
            await asyncio.sleep(0.2)
            sent.is_acknowledged = await self.story.shop.deliver(sent.event)
        if not await self.story.letter_state(sent):
            self.story.stocked[sku] += delta
