"""Money that is held until the parcel leaves: taken then, or held anew while it has not."""

import structlog

from activities.outcomes import DONE, postponable, refused, settled
from shared.application.change_order import ChangeOrder
from shared.application.order_payment import payment_of, renewal_of
from shared.application.payment_gateway import PaymentGateway
from shared.application.ports import Clock, Orders
from shared.domain.errors import PaymentDeclined
from shared.domain.order import Changed, Order
from shared.domain.renewal import begin_renewal, finish_renewal, has_renewed, is_renewing
from shared.domain.shipping import collect
from shared.durable_contract import Outcome, Step

_log = structlog.get_logger(__name__)


class HoldActivities:
    """``collect_payment``, and for a renewal ``hold_again`` and ``void_hold``."""

    def __init__(self, orders: Orders, gateway: PaymentGateway, clock: Clock) -> None:
        self._orders = orders
        self._gateway = gateway
        self._change_order = ChangeOrder(orders)
        self._clock = clock

    @postponable
    async def collect_payment(self, step: Step) -> Outcome:
        """Take the held amount of an order whose parcel has left."""
        order = await self._orders.get(step["orderId"])
        if order.milestones.hold is None:
            return DONE
        try:
            await self._gateway.capture(payment_of(order).payment_id or "")
        except PaymentDeclined as declined:
            return refused(declined)
        await self._change_order(order, lambda current: collect(current, self._clock()))
        _log.info("payment_collected", order_id=order.id)
        return DONE

    @postponable
    async def hold_again(self, step: Step) -> Outcome:
        """Hold the amount once more, beside the hold that is about to expire.

        The record says so first, so that whoever undoes the order knows of both. Settled means that
        the order needs no hold any more, and that the new one is let go of.
        """
        renewal = step["renewal"]
        order = await self._orders.get(step["orderId"])
        order = await self._change_order(
            order, lambda current: begin_renewal(current, renewal, self._clock())
        )
        if has_renewed(order, renewal):
            return DONE
        hold = order.milestones.hold
        if hold is None or not is_renewing(order, renewal):
            return settled(order)
        try:
            authorization = await self._gateway.authorize(renewal_of(order, hold))
        except PaymentDeclined as declined:
            return refused(declined)

        def finished(current: Order) -> Changed | None:
            new = authorization
            return finish_renewal(current, renewal, new.payment_id, new.expires_at, self._clock())

        order = await self._change_order(order, finished)
        if has_renewed(order, renewal):
            return DONE
        await self._gateway.void(authorization.payment_id)
        return settled(order)

    @postponable
    async def void_hold(self, step: Step) -> Outcome:
        """Let go of the hold that was replaced."""
        await self._gateway.void(step["paymentId"])
        return DONE
