"""The SDK clients: how each is reached, and as whom; none connects before its first call."""

from collections.abc import Awaitable, Callable
from typing import Any

import stripe
from azure.appconfiguration.aio import AzureAppConfigurationClient
from azure.appconfiguration.provider import SettingSelector
from azure.appconfiguration.provider.aio import AzureAppConfigurationProvider, load
from azure.core.credentials import AzureKeyCredential
from azure.core.credentials_async import AsyncTokenCredential
from azure.core.pipeline.transport import AioHttpTransport
from azure.cosmos.aio import CosmosClient, DatabaseProxy
from azure.eventgrid.aio import EventGridPublisherClient
from azure.identity.aio import DefaultAzureCredential
from azure.storage.blob.aio import BlobServiceClient, ContainerClient, ExponentialRetry

from shared.settings import Settings


def credential_of(settings: Settings) -> AsyncTokenCredential:
    """The managed identity in Azure; whoever is signed in elsewhere."""
    return DefaultAzureCredential(
        managed_identity_client_id=settings.managed_identity_client_id,
        exclude_interactive_browser_credential=True,
    )


def cosmos_database(settings: Settings, credential: AsyncTokenCredential) -> DatabaseProxy:
    """The database of orders and stock."""
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


def topic_client(settings: Settings, credential: AsyncTokenCredential) -> EventGridPublisherClient:
    """The topic that gets every change of an order."""
    key = settings.event_grid_topic_key
    return event_grid_client(
        settings.event_grid_topic_endpoint,
        AzureKeyCredential(key.get_secret_value()) if key else credential,
        settings.request_timeout_seconds,
    )


def configuration_loader(
    settings: Settings, credential: AsyncTokenCredential, key_filter: str
) -> Callable[[], Awaitable[AzureAppConfigurationProvider]]:
    """Loads feature flags and the values under *key_filter*, and a provider that refreshes both."""
    connection_string = settings.app_configuration_connection_string
    source: dict[str, Any] = (
        {"connection_string": connection_string.get_secret_value()}
        if connection_string
        else {"endpoint": settings.app_configuration_endpoint, "credential": credential}
    )

    async def load_provider() -> AzureAppConfigurationProvider:
        provider: AzureAppConfigurationProvider = await load(
            **source,
            # Without a watched key, the provider asks whether any value has changed.
            selects=[SettingSelector(key_filter=key_filter)],
            refresh_enabled=True,
            feature_flag_enabled=True,
            feature_flag_refresh_enabled=True,
            refresh_interval=settings.feature_flag_refresh_seconds,
            startup_timeout=settings.request_timeout_seconds,
        )
        return provider

    return load_provider


def app_configuration_client(
    settings: Settings, credential: AsyncTokenCredential
) -> AzureAppConfigurationClient:
    """For readiness, which wants to know now: no retries."""
    connection_string = settings.app_configuration_connection_string
    if connection_string:
        secret = connection_string.get_secret_value()
        return AzureAppConfigurationClient.from_connection_string(secret, retry_total=0)
    endpoint = str(settings.app_configuration_endpoint)
    return AzureAppConfigurationClient(endpoint, credential, retry_total=0)


def stripe_client(settings: Settings) -> stripe.StripeClient:
    """The payment provider, or what stands in for it."""
    base = settings.payment_api_base
    return stripe.StripeClient(
        settings.payment_api_key.get_secret_value(),
        base_addresses={"api": base} if base else None,
        http_client=stripe.AIOHTTPClient(timeout=settings.payment_timeout_seconds),
        max_network_retries=1,
    )


def storage_client(
    settings: Settings, credential: AsyncTokenCredential, **options: Any
) -> BlobServiceClient:
    """The storage account, with *options* of the SDK."""
    connection_string = settings.storage_connection_string
    if connection_string:
        secret = connection_string.get_secret_value()
        return BlobServiceClient.from_connection_string(secret, **options)
    return BlobServiceClient(str(settings.storage_blob_uri), credential=credential, **options)


def dead_letter_container(
    settings: Settings, credential: AsyncTokenCredential, retry_total: int = 3
) -> ContainerClient:
    """Where events that went astray are kept."""
    service = storage_client(
        settings,
        credential,
        connection_timeout=settings.request_timeout_seconds,
        read_timeout=settings.request_timeout_seconds,
        # By default the SDK waits 15 s before it first tries again; events and people wait here.
        retry_policy=ExponentialRetry(
            initial_backoff=1, increment_base=2, retry_total=retry_total, random_jitter_range=1
        ),
    )
    return service.get_container_client(settings.dead_letter_container)
