"""``Shipping.ShipmentDispatched`` and ``ShipmentDelivered``: the last steps of an order's way."""

from typing import cast

from shared.application.advance_order import AdvanceOrder
from shared.application.change_order import ChangeOrder
from shared.application.events.handling import OneByOne
from shared.application.events.messages import ShipmentDelivered, ShipmentDispatched
from shared.application.events.understanding import Event
from shared.application.ports import Clock, Judgement, Orders, StartSaga
from shared.domain.errors import IllegalTransition, OrderNotFound, TooEarly
from shared.domain.milestones import Shipment
from shared.domain.order import TRANSITIONS, Changed, Order, OrderStatus, may_become
from shared.domain.shipping import dispatch


class Shipments(OneByOne):
    """Moves the order of a shipment on; waits for orders that have not come so far."""

    def __init__(self, orders: Orders, advance: AdvanceOrder, clock: Clock) -> None:
        self._orders = orders
        self._advance = advance
        self._change_order = ChangeOrder(orders)
        self._clock = clock

    def about(self, event: Event) -> str:
        return cast(ShipmentDispatched | ShipmentDelivered, event.message).order_id

    async def take_in(self, event: Event, start_saga: StartSaga) -> Judgement:
        dispatched = isinstance(event.message, ShipmentDispatched)
        wanted = OrderStatus.SHIPPED if dispatched else OrderStatus.DELIVERED
        order = await self._order(self.about(event))
        if wanted in TRANSITIONS[order.status] and order.status is not OrderStatus.NEEDS_ATTENTION:
            await self._move(order, event, start_saga)
            return Judgement.DONE
        if await self._was_once(order, wanted):
            # The process may have died before it could start the saga.
            await start_saga(order)
            return Judgement.DUPLICATE
        if may_become(order.status, wanted):
            raise TooEarly(order.id, f"is {order.status}, and not to be {wanted} yet")
        raise IllegalTransition(order.id, order.status, wanted)

    async def _move(self, order: Order, event: Event, start_saga: StartSaga) -> None:
        if not isinstance(event.message, ShipmentDispatched):
            await self._advance(order, OrderStatus.DELIVERED)
            return
        message = event.message
        shipment = Shipment(self._clock(), message.carrier or "", message.tracking_number or "")

        def dispatched(current: Order) -> Changed | None:
            is_done = current.status is OrderStatus.SHIPPED
            return None if is_done else dispatch(current, shipment)

        # A fact first, and what is owed for it second: whoever cancels from now on comes too late.
        shipped = await self._change_order(order, dispatched)
        await start_saga(shipped)

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
