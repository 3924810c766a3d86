"""Builds the clients and what uses them, once per worker process."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

import stripe
from azure.appconfiguration.aio import AzureAppConfigurationClient
from azure.appconfiguration.provider.aio import AzureAppConfigurationProvider, load
from azure.core.credentials import AzureKeyCredential
from azure.core.credentials_async import AsyncTokenCredential
from azure.core.pipeline.transport import AioHttpTransport
from azure.cosmos.aio import CosmosClient, DatabaseProxy
from azure.eventgrid.aio import EventGridPublisherClient
from azure.identity.aio import DefaultAzureCredential
from azure.storage.blob.aio import BlobServiceClient, ContainerClient, ExponentialRetry

from shared.adapters.app_configuration import AppConfigurationFeatures
from shared.adapters.blob_letters import BlobLetters
from shared.adapters.cosmos_catalogue import CosmosCatalogue
from shared.adapters.cosmos_customer_orders import CosmosCustomerOrders
from shared.adapters.cosmos_orders import CosmosOrders
from shared.adapters.cosmos_relay_progress import CosmosRelayProgress
from shared.adapters.cosmos_stock import CosmosStock
from shared.adapters.event_grid_dead_letters import EventGridDeadLetters
from shared.adapters.event_grid_publisher import EventGridPublisher
from shared.adapters.probes import AppConfigurationProbe, CosmosProbe, StorageProbe
from shared.adapters.stripe_payments import StripePayments
from shared.application.adopt_dead_letters import AdoptDeadLetters
from shared.application.advance_order import AdvanceOrder
from shared.application.events.handlers import event_handlers
from shared.application.events.ingestion import Ingestion
from shared.application.events.understanding import Understanding
from shared.application.events.waiting import RetryEvent
from shared.application.follow_orders import FollowOrders
from shared.application.ports import (
    Catalogue,
    CustomerOrders,
    Features,
    Letters,
    Orders,
    PaymentGateway,
    Probe,
    RelayProgress,
    Stock,
)
from shared.application.publish_events import PublishEvents
from shared.application.relay_orders import RelayOrders
from shared.application.relay_progress import ReportProgress
from shared.application.resend_event import ResendEvent
from shared.application.set_aside import SetAside
from shared.application.settle_letters import SettleLetters
from shared.application.submit_order import ORDER_INTAKE, SubmitOrder
from shared.durable_contract import AUTHORIZE_FIRST
from shared.settings import Settings

# What a flag means while App Configuration has no such flag.
FLAG_DEFAULTS: Mapping[str, bool] = {ORDER_INTAKE: True, AUTHORIZE_FIRST: False}


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
    ingestion: Ingestion
    retry_event: RetryEvent
    probes: tuple[Probe, ...]


def build_container(settings: Settings) -> Container:
    """Build all clients; no connection is opened before the first call that needs one."""
    credential = _credential(settings)
    database = _cosmos_database(settings, credential)
    stock_container = database.get_container_client("stock")
    order_container = database.get_container_client("orders")
    summary_container = database.get_container_client("customer-orders")
    lease_container = database.get_container_client("leases")
    orders = CosmosOrders(order_container)
    catalogue = CosmosCatalogue(
        stock_container, settings.catalogue_cache_seconds, settings.stock_concurrency
    )
    features = _features(settings, credential)
    stock = CosmosStock(stock_container)
    payments = _payments(settings)
    dead_letters = _dead_letters(settings, credential)
    letters = BlobLetters(dead_letters)
    submit_order = SubmitOrder(orders, catalogue, features, utc_now)
    advance_order = AdvanceOrder(orders, utc_now)
    ingestion = Ingestion(
        Understanding(settings.event_sources, utc_now),
        event_handlers(submit_order, advance_order, orders, stock, payments),
        letters,
        utc_now,
        settings.stock_concurrency,
    )
    customer_orders = CosmosCustomerOrders(summary_container, settings.stock_concurrency)
    relay_progress = CosmosRelayProgress(lease_container)
    set_aside = SetAside(letters, utc_now)
    publisher = _publisher(settings, credential)
    return Container(
        orders=orders,
        catalogue=catalogue,
        stock=stock,
        payments=payments,
        features=features,
        letters=letters,
        submit_order=submit_order,
        advance_order=advance_order,
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
        probes=(
            CosmosProbe(order_container, stock_container, summary_container, lease_container),
            AppConfigurationProbe(_app_configuration(settings, credential)),
            # Wants to know now, like the one above: no retries.
            StorageProbe(_storage(settings, credential, retry_total=0)),
        ),
    )


def utc_now() -> datetime:
    """The clock of everything outside orchestrations."""
    return datetime.now(UTC)


def _credential(settings: Settings) -> AsyncTokenCredential:
    return DefaultAzureCredential(
        managed_identity_client_id=settings.managed_identity_client_id,
        exclude_interactive_browser_credential=True,
    )


def _cosmos_database(settings: Settings, credential: AsyncTokenCredential) -> DatabaseProxy:
    key = settings.cosmos_key
    client = CosmosClient(
        settings.cosmos_endpoint,
        key.get_secret_value() if key else credential,
        # Documents come back only from reads: writes answer with headers alone.
        no_response_on_write=True,
        connection_timeout=settings.request_timeout_seconds,
        read_timeout=settings.request_timeout_seconds,
        # Looking for proxies and .netrc files in the environment, which no Functions app has, takes
        # a sixth of the time of each request.
        transport=AioHttpTransport(use_env_settings=False),
    )
    return client.get_database_client(settings.cosmos_database)


def event_grid_client(
    endpoint: str, credential: AzureKeyCredential | AsyncTokenCredential, timeout_seconds: int
) -> EventGridPublisherClient:
    """A client of the topic that hardly tries again by itself: the relay's own policy does."""
    return EventGridPublisherClient(
        endpoint,
        credential,
        retry_total=1,
        transport=AioHttpTransport(
            connection_timeout=timeout_seconds, read_timeout=timeout_seconds, use_env_settings=False
        ),
    )


def _publisher(settings: Settings, credential: AsyncTokenCredential) -> EventGridPublisher:
    key = settings.event_grid_topic_key
    client = event_grid_client(
        settings.event_grid_topic_endpoint,
        AzureKeyCredential(key.get_secret_value()) if key else credential,
        settings.request_timeout_seconds,
    )
    return EventGridPublisher(client, settings.event_source)


def _features(settings: Settings, credential: AsyncTokenCredential) -> AppConfigurationFeatures:
    connection_string = settings.app_configuration_connection_string
    source: dict[str, Any] = (
        {"connection_string": connection_string.get_secret_value()}
        if connection_string
        else {"endpoint": settings.app_configuration_endpoint, "credential": credential}
    )

    async def load_provider() -> AzureAppConfigurationProvider:
        provider: AzureAppConfigurationProvider = await load(
            **source,
            selects=[],
            feature_flag_enabled=True,
            feature_flag_refresh_enabled=True,
            refresh_interval=settings.feature_flag_refresh_seconds,
            startup_timeout=settings.request_timeout_seconds,
        )
        return provider

    return AppConfigurationFeatures(load_provider, FLAG_DEFAULTS)


def _app_configuration(
    settings: Settings, credential: AsyncTokenCredential
) -> AzureAppConfigurationClient:
    # Only readiness uses it, and wants to know now: no retries.
    connection_string = settings.app_configuration_connection_string
    if connection_string:
        secret = connection_string.get_secret_value()
        return AzureAppConfigurationClient.from_connection_string(secret, retry_total=0)
    endpoint = str(settings.app_configuration_endpoint)
    return AzureAppConfigurationClient(endpoint, credential, retry_total=0)


def _payments(settings: Settings) -> StripePayments:
    base = settings.payment_api_base
    return StripePayments(
        stripe.StripeClient(
            settings.payment_api_key.get_secret_value(),
            base_addresses={"api": base} if base else None,
            http_client=stripe.AIOHTTPClient(timeout=settings.payment_timeout_seconds),
            max_network_retries=1,
        )
    )


def _storage(
    settings: Settings, credential: AsyncTokenCredential, **options: Any
) -> BlobServiceClient:
    connection_string = settings.storage_connection_string
    if connection_string:
        secret = connection_string.get_secret_value()
        return BlobServiceClient.from_connection_string(secret, **options)
    return BlobServiceClient(str(settings.storage_blob_uri), credential=credential, **options)


def _dead_letters(settings: Settings, credential: AsyncTokenCredential) -> ContainerClient:
    service = _storage(
        settings,
        credential,
        connection_timeout=settings.request_timeout_seconds,
        read_timeout=settings.request_timeout_seconds,
        # By default the SDK waits 15 s before it first tries again; events and people wait here.
        retry_policy=ExponentialRetry(initial_backoff=1, increment_base=2, random_jitter_range=1),
    )
    return service.get_container_client(settings.dead_letter_container)
