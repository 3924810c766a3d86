"""One order and everything that people can do to it, over fakes."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from activities.hold import HoldActivities
from activities.refund import RefundActivities
from shared.application.advance_order import AdvanceOrder
from shared.application.cancel_order import CancelOrder
from shared.application.flag_order import FlagOrder
from shared.application.owed_sagas import OwedSaga, owed_sagas
from shared.application.payment_gateway import PaymentGateway
from shared.application.ports import SagaState
from shared.application.reconcile_orders import Reconciled, ReconcileOrders
from shared.application.refund_messages import RefundRequest
from shared.application.request_refund import RefundReceipt, RequestRefund
from shared.application.resolve_attention import ResolveAttention
from shared.application.resume_order import ResumeOrder
from shared.domain.milestones import Hold, Shipment, WorkOutcome
from shared.domain.order import Order, OrderStatus
from shared.domain.shipping import dispatch
from tests.builders import ORDER_ID, order, stock_item
from tests.fake_payments import FakePayments
from tests.fakes import FakeClock, InMemoryOrders, InMemoryStock

CONFIRMED = (OrderStatus.RESERVED, OrderStatus.PAID, OrderStatus.CONFIRMED)
PAYMENT_ID = f"pi_{ORDER_ID}"
HELD_UNTIL = datetime(2026, 11, 30, 12, tzinfo=UTC)


class RecordingSagas:
    """The ``Sagas`` port: remembers what it was to start."""

    def __init__(self) -> None:
        self.started: list[OwedSaga] = []
        self.states: dict[str, SagaState] = {}

    async def start(self, saga: OwedSaga) -> None:
        self.started.append(saga)

    async def start_owed(self, order: Order) -> None:
        self.started += owed_sagas(order)

    async def state(self, instance_id: str) -> SagaState:
        return self.states.get(instance_id, SagaState.MISSING)


class Desk:
    """One order, and what can be done to it."""

    def __init__(self) -> None:
        self.orders, self.clock, self.sagas = InMemoryOrders(), FakeClock(), RecordingSagas()
        self.stock, self.payments = InMemoryStock(stock_item(on_hand=10)), FakePayments()
        self.advance = AdvanceOrder(self.orders, self.clock)
        self.flag = FlagOrder(self.orders, self.clock)
        self.order = order(("MUG-BLUE", 4))
        self.refunds = RefundActivities(self.orders, self.payments, self.stock, self.clock, 2)
        self.holds = HoldActivities(self.orders, self.payments, self.clock)

    @property
    def now(self) -> Order:
        """The order as it is stored."""
        return self.orders.orders[self.order.id]

    @property
    def told(self) -> list[str]:
        """What the timeline says has happened."""
        return [event.type for event in self.orders.timelines[self.order.id]]

    async def place(self, *path: OrderStatus) -> Order:
        """The order, once it has come along *path*."""
        await self.orders.add(self.order, self.order.submitted())
        for status in path:
            self.order = await self.advance(self.order, status)
        return self.order

    async def confirm(self) -> Order:
        """The order with its stock reserved and its money taken: 10.00."""
        await self.place()
        await self.stock.reserve(self.order.id, "MUG-BLUE", 4)
        self.payments.take(self.order.id, self.order.total)
        taken: dict[str, Any] = {
            "payment_id": PAYMENT_ID,
            "captured_minor_units": self.order.total.minor_units,
        }
        for status, details in zip(CONFIRMED, ({}, taken, {}), strict=True):
            self.order = await self.advance(self.order, status, **details)
        return self.order

    async def confirm_held(self, expires_at: datetime | None = HELD_UNTIL) -> Order:
        """The order with its money held, to be taken when the parcel leaves."""
        await self.place(OrderStatus.RESERVED)
        await self.stock.reserve(self.order.id, "MUG-BLUE", 4)
        self.payments.hold(self.order.id, self.order.total)
        self.order = await self.advance(
            self.order, OrderStatus.CONFIRMED, payment_id=PAYMENT_ID, hold=Hold(expires_at)
        )
        return self.order

    async def ship(self) -> Order:
        """The parcel leaves."""
        await self.orders.record(*dispatch(self.now, Shipment(self.clock())))
        await self.stock.commit(self.order.id, "MUG-BLUE", 4)
        return self.now

    async def cancel(self) -> Order:
        """Ask for it to be undone."""
        cancel_order = CancelOrder(self.orders, self.clock)
        return await cancel_order(self.order.id, "too late", self.sagas.start_owed)

    async def resume(self) -> Order:
        """Go on with it."""
        resume_order = ResumeOrder(self.orders, self.payments, self.flag, self.clock)
        return await resume_order(self.order.id, self.sagas)

    async def resolve(self, outcome: WorkOutcome = WorkOutcome.DONE) -> Order:
        """Say what a person did."""
        resolve_attention = ResolveAttention(self.orders, self.clock)
        return await resolve_attention(
            self.order.id, outcome, "done by hand", "ada", self.sagas.start_owed
        )

    async def refund(self, key: str = "a-key", **request: Any) -> RefundReceipt:
        """Ask for money: ``amount="2.50"`` or ``lines={"MUG-BLUE": 1}``."""
        wanted = RefundRequest.model_validate(refund_json(**request))
        request_refund = RequestRefund(self.orders, self.clock)
        return await request_refund(self.order.id, wanted, key, self.sagas.start_owed)

    async def pay(self, receipt: RefundReceipt) -> Any:
        """Run the step that pays a refund."""
        return await self.refunds.pay_refund(
            {"orderId": self.order.id, "refundId": receipt.refund.id}
        )

    def with_gateway(self, gateway: PaymentGateway, step: str) -> Any:
        """An activity of this desk, but with another payment provider."""
        refunds = RefundActivities(self.orders, gateway, self.stock, self.clock, 2)
        holds = HoldActivities(self.orders, gateway, self.clock)
        return getattr(refunds, step, None) or getattr(holds, step)

    async def reconcile(self) -> Reconciled:
        """One run of the timer."""
        return await ReconcileOrders(self.orders, self.flag, self.clock)(self.sagas)


def refund_json(
    amount: str | None = None,
    lines: Mapping[str, int] | None = None,
    currency: str = "GBP",
    **others: Any,
) -> dict[str, Any]:
    """The body of a request for a refund."""
    body: dict[str, Any] = {"reason": "a scratch"} | others
    if amount is not None:
        body["amount"] = {"amount": amount, "currency": currency}
    if lines is not None:
        body["lines"] = [{"sku": sku, "quantity": count} for sku, count in lines.items()]
    return body
