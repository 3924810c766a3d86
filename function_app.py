"""The table of contents: every function of the app, and what it is made of."""

import azure.durable_functions as df
import azure.functions as func

from activities.approval import ApprovalActivities
from activities.conclusion import ConclusionActivities
from activities.events import EventActivities
from activities.hold import HoldActivities
from activities.payment import PaymentActivities
from activities.refund import RefundActivities
from activities.shipment import ShipmentActivities
from activities.stock import StockActivities
from orchestrations.await_event import await_event
from orchestrations.fulfil_order import fulfil_order
from orchestrations.refund_order import refund_order
from orchestrations.renew_authorization import renew_authorization
from orchestrations.settle_order import settle_order
from orchestrations.ship_order import ship_order
from shared import durable_contract as names
from shared.container import build_container, utc_now
from shared.settings import load_settings
from shared.telemetry import configure_logging
from triggers.change_feed import PAUSE_SECONDS, UNTIL_IT_WORKS, OrderFeed, changes_of_orders
from triggers.events import EventsIntake
from triggers.http.approvals import ApprovalsApi
from triggers.http.customers import CustomersApi
from triggers.http.dead_letters import DeadLettersApi
from triggers.http.health import HealthApi
from triggers.http.order_actions import OrderActionsApi
from triggers.http.orders import OrdersApi
from triggers.http.principal import Callers
from triggers.http.products import ProductsApi
from triggers.http.refunds import RefundsApi
from triggers.http.relay import RelayApi
from triggers.http.webhooks import WebhooksApi
from triggers.timer.dead_letters import EVERY_MINUTE, DeadLetterTimer
from triggers.timer.orders import HALF_PAST_EVERY_MINUTE, OrderTimer
from triggers.warmup import WarmUp

settings = load_settings()
configure_logging(settings.log_level)
services = build_container(settings)

app = df.DFApp(http_auth_level=func.AuthLevel.FUNCTION)

callers = Callers(trust_principal=settings.website_auth_enabled)
orders = OrdersApi(services.submit_order, services.orders, callers)
app.route("orders", methods=["POST"])(
    app.durable_client_input(client_name="client")(orders.submit_order)
)
app.route("orders/{orderId}", methods=["GET"])(orders.get_order)
app.route("orders/{orderId}/events", methods=["GET"])(orders.get_order_events)

actions = OrderActionsApi(
    services.cancel_order,
    services.resume_order,
    services.resolve_attention,
    services.orders,
    callers,
    utc_now,
)
app.route("orders/{orderId}/cancel", methods=["POST"])(
    app.durable_client_input(client_name="client")(actions.request_cancellation)
)
app.route("orders/{orderId}/resume", methods=["POST"])(
    app.durable_client_input(client_name="client")(actions.resume_order)
)
app.route("orders/{orderId}/resolve", methods=["POST"])(
    app.durable_client_input(client_name="client")(actions.resolve_attention)
)
app.route("orders/{orderId}/resolutions", methods=["GET"])(actions.list_resolutions)
app.route("ops/attention", methods=["GET"])(actions.list_attention)

refunds = RefundsApi(services.request_refund, services.orders)
app.route("orders/{orderId}/refunds", methods=["POST"])(
    app.durable_client_input(client_name="client")(refunds.request_refund)
)
app.route("orders/{orderId}/refunds", methods=["GET"])(refunds.list_refunds)
app.route("orders/{orderId}/refunds/{refundId}", methods=["GET"])(refunds.get_refund)

approvals = ApprovalsApi(
    services.decide_approval, services.orders, callers, settings.approver_role, utc_now
)
app.route("orders/{orderId}/approval", methods=["POST"])(
    app.durable_client_input(client_name="client")(approvals.decide_approval)
)
app.route("orders/{orderId}/approval", methods=["GET"])(approvals.get_approval)
app.route("ops/approvals", methods=["GET"])(approvals.list_approvals)

customers = CustomersApi(services.customer_orders)
app.route("customers/{customerId}/orders", methods=["GET"])(customers.list_orders)

products = ProductsApi(services.catalogue, settings.stock_concurrency)
app.route("products/import", methods=["POST"])(products.import_products)
app.route("products/{sku}", methods=["PUT"])(products.put_product)
app.route("products/{sku}", methods=["GET"])(products.get_product)

events = EventsIntake(services.ingestion, settings.event_attempts)
# The parameter is text, since the worker has no type for many events at once.
app.event_grid_trigger("events", cardinality="many")(
    app.durable_client_input(client_name="client")(events.take_in_events)
)

webhooks = WebhooksApi(services.payment_notices, services.take_in_notice)
app.route("webhooks/payments", methods=["POST"], auth_level=func.AuthLevel.ANONYMOUS)(
    app.durable_client_input(client_name="client")(webhooks.take_in_payment)
)

letters = DeadLettersApi(services.letters, services.settle_letters)
app.route("ops/dead-letters", methods=["GET"])(letters.list_letters)
app.route("ops/dead-letters/{letterId}", methods=["GET"])(letters.get_letter)
app.route("ops/dead-letters/{letterId}/replay", methods=["POST"])(
    app.durable_client_input(client_name="client")(letters.replay_letter)
)
app.route("ops/dead-letters/{letterId}/discard", methods=["POST"])(letters.discard_letter)

timer = DeadLetterTimer(services.adopt_dead_letters)
app.timer_trigger("timer", schedule=EVERY_MINUTE)(timer.adopt_dead_letters)

order_timer = OrderTimer(services.reconcile_orders)
app.timer_trigger("timer", schedule=HALF_PAST_EVERY_MINUTE)(
    app.durable_client_input(client_name="client")(order_timer.reconcile_orders)
)

order_feed = OrderFeed(services.follow_orders, services.relay_orders, PAUSE_SECONDS)
app.retry(**UNTIL_IT_WORKS)(
    app.cosmos_db_trigger("documents", **changes_of_orders("follow-"))(
        app.durable_client_input(client_name="client")(order_feed.follow_orders)
    )
)
app.retry(**UNTIL_IT_WORKS)(
    app.cosmos_db_trigger("documents", **changes_of_orders("relay-"))(order_feed.relay_orders)
)

relay = RelayApi(services.relay_progress, utc_now)
app.route("ops/relay", methods=["GET"])(relay.get_relay)

health = HealthApi(services.probes, [services.circuit])
app.route("health", methods=["GET"], auth_level=func.AuthLevel.ANONYMOUS)(health.health)
app.route("ready", methods=["GET"], auth_level=func.AuthLevel.ANONYMOUS)(health.ready)
app.warm_up_trigger("warmup")(WarmUp(health).warm_up)

app.orchestration_trigger("context", orchestration=names.FULFIL_ORDER)(fulfil_order)
app.orchestration_trigger("context", orchestration=names.SETTLE_ORDER)(settle_order)
app.orchestration_trigger("context", orchestration=names.SHIP_ORDER)(ship_order)
app.orchestration_trigger("context", orchestration=names.REFUND_ORDER)(refund_order)
app.orchestration_trigger("context", orchestration=names.RENEW_AUTHORIZATION)(renew_authorization)
app.orchestration_trigger("context", orchestration=names.AWAIT_EVENT)(await_event)

stock = StockActivities(
    services.orders, services.stock, services.advance_order, settings.stock_concurrency
)
app.activity_trigger("step", activity=names.RESERVE_STOCK)(stock.reserve_stock)
app.activity_trigger("step", activity=names.RELEASE_STOCK)(stock.release_stock)
app.activity_trigger("step", activity=names.COMMIT_STOCK)(stock.commit_stock)

payment = PaymentActivities(services.orders, services.payments, services.advance_order, utc_now)
app.activity_trigger("step", activity=names.AUTHORIZE_PAYMENT)(payment.authorize_payment)
app.activity_trigger("step", activity=names.CAPTURE_PAYMENT)(payment.capture_payment)
app.activity_trigger("step", activity=names.RETURN_PAYMENT)(payment.return_payment)

shipment = ShipmentActivities(services.orders, utc_now)
app.activity_trigger("step", activity=names.SETTLE_SHIPMENT)(shipment.settle_shipment)

hold = HoldActivities(services.orders, services.payments, utc_now)
app.activity_trigger("step", activity=names.COLLECT_PAYMENT)(hold.collect_payment)
app.activity_trigger("step", activity=names.HOLD_AGAIN)(hold.hold_again)
app.activity_trigger("step", activity=names.VOID_HOLD)(hold.void_hold)

refund = RefundActivities(
    services.orders, services.payments, services.stock, utc_now, settings.stock_concurrency
)
app.activity_trigger("step", activity=names.PAY_REFUND)(refund.pay_refund)
app.activity_trigger("step", activity=names.RESTOCK_LINES)(refund.restock_lines)
app.activity_trigger("step", activity=names.CLOSE_REFUND)(refund.close_refund)

conclusion = ConclusionActivities(
    services.orders, services.advance_order, services.flag_order, utc_now
)
app.activity_trigger("step", activity=names.CONFIRM_ORDER)(conclusion.confirm_order)
app.activity_trigger("step", activity=names.REJECT_ORDER)(conclusion.reject_order)
app.activity_trigger("step", activity=names.CANCEL_ORDER)(conclusion.cancel_order)
app.activity_trigger("step", activity=names.FLAG_ORDER)(conclusion.flag_order)
app.activity_trigger("step", activity=names.CLEAR_ATTENTION)(conclusion.clear_attention)

approval = ApprovalActivities(services.orders, utc_now)
app.activity_trigger("step", activity=names.REQUEST_APPROVAL)(approval.request_approval)
app.activity_trigger("step", activity=names.CHECK_APPROVAL)(approval.check_approval)

event = EventActivities(services.retry_event)
app.activity_trigger("attempt", activity=names.RETRY_EVENT)(event.retry_event)
