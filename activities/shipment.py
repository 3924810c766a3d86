"""The end of a shipment: the goods have left the stock, and the money is there."""

from activities.outcomes import DONE
from shared.application.change_order import ChangeOrder
from shared.application.ports import Clock, Orders
from shared.domain.shipping import settle_shipment
from shared.durable_contract import Outcome, Step


class ShipmentActivities:
    """``settle_shipment``."""

    def __init__(self, orders: Orders, clock: Clock) -> None:
        self._orders = orders
        self._change_order = ChangeOrder(orders)
        self._clock = clock

    async def settle_shipment(self, step: Step) -> Outcome:
        """Note that nothing is owed for the shipment any more."""
        order = await self._orders.get(step["orderId"])
        await self._change_order(order, lambda current: settle_shipment(current, self._clock()))
        return DONE
