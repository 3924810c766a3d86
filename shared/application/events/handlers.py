"""Who takes in which events."""

from collections.abc import Mapping

from shared.application.advance_order import AdvanceOrder
from shared.application.events import messages
from shared.application.events.handling import Handler
from shared.application.events.orders import SubmittedOrders
from shared.application.events.payments import Payments
from shared.application.events.shipments import Shipments
from shared.application.events.stock import StockAdjustments
from shared.application.flag_order import FlagOrder
from shared.application.payment_gateway import PaymentGateway
from shared.application.ports import Clock, Orders, Stock
from shared.application.submission import Message, OrderSubmission
from shared.application.submit_order import SubmitOrder
from shared.application.take_in_notice import TakeInNotice


def event_handlers(
    submit_order: SubmitOrder,
    advance: AdvanceOrder,
    orders: Orders,
    stock: Stock,
    gateway: PaymentGateway,
    flag_order: FlagOrder,
    clock: Clock,
) -> Mapping[type[Message], Handler]:
    """A handler for every message there is."""
    shipments = Shipments(orders, advance, clock)
    payments = Payments(orders, TakeInNotice(orders, gateway, flag_order))
    return {
        OrderSubmission: SubmittedOrders(submit_order),
        messages.StockAdjusted: StockAdjustments(stock),
        messages.ShipmentDispatched: shipments,
        messages.ShipmentDelivered: shipments,
        messages.PaymentSettled: payments,
        messages.PaymentFailed: payments,
    }
