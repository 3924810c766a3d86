"""``Shipping.ShipmentDispatched`` and ``ShipmentDelivered``: the last steps of an order's way."""

from typing import cast

from shared.application.advance_order import AdvanceOrder
from shared.application.events.handling import OneByOne
from shared.application.events.messages import ShipmentDelivered, ShipmentDispatched
from shared.application.events.understanding import Event
from shared.application.ports import Judgement, Orders, StartSaga
from shared.domain.errors import IllegalTransition, OrderNotFound, TooEarly
from shared.domain.order import TRANSITIONS, Order, OrderStatus, may_become


class Shipments(OneByOne):
    """Moves the order of a shipment on; waits for orders that have not come so far."""

    def __init__(self, orders: Orders, advance: AdvanceOrder) -> None:
        self._orders = orders
        self._advance = advance

    def about(self, event: Event) -> str:
        return cast(ShipmentDispatched | ShipmentDelivered, event.message).order_id

    async def take_in(self, event: Event, start_saga: StartSaga) -> Judgement:  # noqa: ARG002
        dispatched = isinstance(event.message, ShipmentDispatched)
        wanted = OrderStatus.SHIPPED if dispatched else OrderStatus.DELIVERED
        order = await self._order(self.about(event))
        if wanted in TRANSITIONS[order.status]:
            await self._advance(order, wanted)
            return Judgement.DONE
        if await self._was_once(order, wanted):
            return Judgement.DUPLICATE
        if may_become(order.status, wanted):
            raise TooEarly(order.id, f"is {order.status}, and not to be {wanted} yet")
        raise IllegalTransition(order.id, order.status, wanted)

    async def _order(self, order_id: str) -> Order:
        try:
            return await self._orders.get(order_id)
        except OrderNotFound as error:
            raise TooEarly(order_id, "does not exist yet") from error

    async def _was_once(self, order: Order, status: OrderStatus) -> bool:
        if order.status is status:
            return True
        if not may_become(status, order.status):
            return False
        return any(event.status is status for event in await self._orders.events(order.id))
