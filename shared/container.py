"""What uses what: everything the app is made of, put together once per worker process."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from uuid import uuid4

from shared import clients
from shared.adapters.app_configuration import AppConfigurationFeatures
from shared.adapters.blob_letters import BlobLetters
from shared.adapters.circuit import Circuit
from shared.adapters.configuration_source import ConfigurationSource
from shared.adapters.cosmos_catalogue import CosmosCatalogue
from shared.adapters.cosmos_customer_orders import CosmosCustomerOrders
from shared.adapters.cosmos_orders import CosmosOrders
from shared.adapters.cosmos_relay_progress import CosmosRelayProgress
from shared.adapters.cosmos_stock import CosmosStock
from shared.adapters.event_grid_dead_letters import EventGridDeadLetters
from shared.adapters.event_grid_publisher import EventGridPublisher
from shared.adapters.guarded_payments import GuardedPayments
from shared.adapters.probes import AppConfigurationProbe, CosmosProbe, StorageProbe
from shared.adapters.review_policies import KEY_FILTER, AppConfigurationReviewPolicies
from shared.adapters.stripe_answers import CapturesHere
from shared.adapters.stripe_errors import PROVIDER
from shared.adapters.stripe_payments import StripePayments
from shared.adapters.stripe_webhooks import StripeWebhooks
from shared.application.adopt_dead_letters import AdoptDeadLetters
from shared.application.advance_order import AdvanceOrder
from shared.application.cancel_order import CancelOrder
from shared.application.decide_approval import DecideApproval
from shared.application.events.handlers import event_handlers
from shared.application.events.ingestion import Ingestion
from shared.application.events.understanding import Understanding
from shared.application.events.waiting import RetryEvent
from shared.application.flag_order import FlagOrder
from shared.application.follow_orders import FollowOrders
from shared.application.payment_gateway import PaymentGateway
from shared.application.payment_notices import PaymentNotices
from shared.application.ports import (
    Catalogue,
    CustomerOrders,
    Features,
    Letters,
    Orders,
    Probe,
    RelayProgress,
    Stock,
)
from shared.application.publish_events import PublishEvents
from shared.application.reconcile_orders import ReconcileOrders
from shared.application.relay_orders import RelayOrders
from shared.application.relay_progress import ReportProgress
from shared.application.request_refund import RequestRefund
from shared.application.resend_event import ResendEvent
from shared.application.resolve_attention import ResolveAttention
from shared.application.resume_order import ResumeOrder
from shared.application.review_order import ReviewOrder
from shared.application.set_aside import SetAside
from shared.application.settle_letters import SettleLetters
from shared.application.submit_order import ORDER_INTAKE, SubmitOrder
from shared.application.take_in_notice import TakeInNotice
from shared.durable_contract import AUTHORIZE_FIRST, CAPTURE_AT_DISPATCH
from shared.metrics import observe_circuit
from shared.settings import Settings

# What a flag means while App Configuration has no such flag.
FLAG_DEFAULTS: Mapping[str, bool] = {
    ORDER_INTAKE: True,
    AUTHORIZE_FIRST: False,
    CAPTURE_AT_DISPATCH: False,
}


@dataclass(frozen=True, slots=True)
class Container:
    """Everything that triggers and activities are handed."""

    orders: Orders
    catalogue: Catalogue
    stock: Stock
    payments: PaymentGateway
    features: Features
    customer_orders: CustomerOrders
    letters: Letters
    settle_letters: SettleLetters
    adopt_dead_letters: AdoptDeadLetters
    relay_progress: RelayProgress
    follow_orders: FollowOrders
    relay_orders: RelayOrders
    submit_order: SubmitOrder
    advance_order: AdvanceOrder
    flag_order: FlagOrder
    cancel_order: CancelOrder
    resume_order: ResumeOrder
    resolve_attention: ResolveAttention
    request_refund: RequestRefund
    reconcile_orders: ReconcileOrders
    decide_approval: DecideApproval
    ingestion: Ingestion
    retry_event: RetryEvent
    probes: tuple[Probe, ...]
    circuit: Circuit
    payment_notices: PaymentNotices
    take_in_notice: TakeInNotice


def build_container(settings: Settings) -> Container:
    """Put it all together; no connection is opened before the first call that needs one."""
    credential = clients.credential_of(settings)
    database = clients.cosmos_database(settings, credential)
    stock_container = database.get_container_client("stock")
    order_container = database.get_container_client("orders")
    summary_container = database.get_container_client("customer-orders")
    lease_container = database.get_container_client("leases")
    orders = CosmosOrders(order_container)
    catalogue = CosmosCatalogue(
        stock_container, settings.catalogue_cache_seconds, settings.stock_concurrency
    )
    configuration = ConfigurationSource(
        clients.configuration_loader(settings, credential, KEY_FILTER)
    )
    features = AppConfigurationFeatures(configuration, FLAG_DEFAULTS)
    customer_orders = CosmosCustomerOrders(summary_container, settings.stock_concurrency)
    review_order = ReviewOrder(
        AppConfigurationReviewPolicies(configuration), customer_orders, utc_now
    )
    stock = CosmosStock(stock_container)
    circuit = _payment_circuit(settings)
    stripe_client, captures = clients.stripe_client(settings), CapturesHere()
    payments = GuardedPayments(StripePayments(stripe_client, utc_now, captures), circuit)
    dead_letters = clients.dead_letter_container(settings, credential)
    letters = BlobLetters(dead_letters)
    submit_order = SubmitOrder(orders, catalogue, features, utc_now, review_order)
    advance_order = AdvanceOrder(orders, utc_now)
    flag_order = FlagOrder(orders, utc_now)
    ingestion = Ingestion(
        Understanding(settings.event_sources, utc_now),
        event_handlers(submit_order, advance_order, orders, stock, payments, flag_order, utc_now),
        letters,
        utc_now,
        settings.stock_concurrency,
    )
    relay_progress = CosmosRelayProgress(lease_container)
    set_aside = SetAside(letters, utc_now)
    publisher = EventGridPublisher(
        clients.topic_client(settings, credential), settings.event_source
    )
    return Container(
        orders=orders,
        catalogue=catalogue,
        stock=stock,
        payments=payments,
        features=features,
        letters=letters,
        submit_order=submit_order,
        advance_order=advance_order,
        flag_order=flag_order,
        cancel_order=CancelOrder(orders, utc_now),
        resume_order=ResumeOrder(orders, payments, flag_order, utc_now),
        resolve_attention=ResolveAttention(orders, utc_now),
        request_refund=RequestRefund(orders, utc_now),
        reconcile_orders=ReconcileOrders(orders, flag_order, utc_now),
        decide_approval=DecideApproval(orders, utc_now),
        ingestion=ingestion,
        retry_event=RetryEvent(letters, ingestion.take_in, utc_now),
        settle_letters=SettleLetters(
            letters, ingestion.take_in, ResendEvent(orders, publisher), utc_now
        ),
        adopt_dead_letters=AdoptDeadLetters(EventGridDeadLetters(dead_letters), letters, utc_now),
        customer_orders=customer_orders,
        relay_progress=relay_progress,
        follow_orders=FollowOrders(customer_orders, set_aside, settings.stock_concurrency),
        relay_orders=RelayOrders(
            PublishEvents(publisher, letters, utc_now, settings.event_source),
            set_aside,
            ReportProgress(relay_progress, utc_now, worker=uuid4().hex),
        ),
        circuit=circuit,
        payment_notices=StripeWebhooks(stripe_client, settings.payment_webhook_secret, captures),
        take_in_notice=TakeInNotice(orders, payments, flag_order),
        probes=(
            CosmosProbe(order_container, stock_container, summary_container, lease_container),
            AppConfigurationProbe(clients.app_configuration_client(settings, credential)),
            # Wants to know now, like the one above: no retries.
            StorageProbe(clients.dead_letter_container(settings, credential, retry_total=0)),
        ),
    )


def _payment_circuit(settings: Settings) -> Circuit:
    failures = settings.payment_circuit_failures
    circuit = Circuit(PROVIDER, failures, settings.payment_circuit_recovery_seconds)
    observe_circuit(circuit)
    return circuit


def utc_now() -> datetime:
    """The clock of everything outside orchestrations."""
    return datetime.now(UTC)
