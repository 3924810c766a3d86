"""Everything the environment decides, read once; a missing value stops start-up and is named."""

from typing import Annotated
from urllib.parse import urlsplit

from pydantic import BeforeValidator, Field, SecretStr, ValidationError, model_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

_LOOPBACK = frozenset({"127.0.0.1", "localhost", "::1"})

# What App Service leaves in place of a secret that is not in the vault, or not within reach: others
# know it, too.
_UNRESOLVED = "@Microsoft.KeyVault("


def _refuse_unresolved(value: str) -> str:
    if value.startswith(_UNRESOLVED):
        raise ValueError("App Service could not resolve its reference to Key Vault")
    return value


# Functions has no way to unset a setting; an empty one counts as absent.
BlankIsAbsent = BeforeValidator(
    lambda value: value if value and not value.startswith(_UNRESOLVED) else None
)
Resolved = BeforeValidator(_refuse_unresolved)
CommaSeparated = BeforeValidator(lambda value: [part.strip() for part in value.split(",")])


class Settings(BaseSettings):
    """Names are those of the application settings, in upper case."""

    model_config = SettingsConfigDict(frozen=True, case_sensitive=False, extra="ignore")

    cosmos_endpoint: str
    cosmos_database: str = "orders"
    cosmos_key: Annotated[SecretStr | None, BlankIsAbsent] = None
    """Only for an emulator; in Azure the managed identity signs in."""

    app_configuration_endpoint: Annotated[str | None, BlankIsAbsent] = None
    app_configuration_connection_string: Annotated[SecretStr | None, BlankIsAbsent] = None
    """Only for an emulator, like the Cosmos DB key."""

    feature_flag_refresh_seconds: Annotated[int, Field(ge=1)] = 30

    payment_api_key: Annotated[SecretStr, Resolved]
    payment_webhook_secret: Annotated[SecretStr | None, BlankIsAbsent] = None
    """What Stripe signs its webhooks with; without it none are taken in."""
    payment_api_base: Annotated[str | None, BlankIsAbsent] = None
    """Another address than Stripe's own: the payments emulator."""

    event_grid_topic_endpoint: str
    """Of the topic that gets every change of an order."""
    event_grid_topic_key: Annotated[SecretStr | None, BlankIsAbsent] = None
    """Only for an emulator, like the Cosmos DB key."""
    event_source: str = "urn:orders"
    """The ``source`` of the events that the app publishes."""
    event_sources: Annotated[frozenset[str], NoDecode, CommaSeparated]
    """The sources whose events are taken in; for the Event Grid schema, the topics."""

    event_attempts: Annotated[int, Field(ge=1, le=1_000)] = 152
    """How often an event that comes too early is tried before it is a dead letter: a day."""

    dead_letter_container: str = "dead-letters"
    """Of the storage account; Event Grid writes its own dead letters there as well."""

    storage_connection_string: Annotated[
        SecretStr | None, BlankIsAbsent, Field(alias="AzureWebJobsStorage")
    ] = None
    storage_blob_uri: Annotated[
        str | None, BlankIsAbsent, Field(alias="AzureWebJobsStorage__blobServiceUri")
    ] = None

    managed_identity_client_id: Annotated[str | None, BlankIsAbsent] = None
    """Which user-assigned identity signs in; the system-assigned one when absent."""

    website_auth_enabled: bool = False
    """Set by App Service when its authentication runs; only then are its headers believed."""

    approver_role: Annotated[str, Field(min_length=1)] = "Orders.Approver"
    """Of App Service authentication: who may decide about orders that wait for approval."""

    catalogue_cache_seconds: Annotated[float, Field(ge=0)] = 30
    stock_concurrency: Annotated[int, Field(ge=1, le=100)] = 8
    request_timeout_seconds: Annotated[int, Field(ge=1)] = 5
    payment_timeout_seconds: Annotated[int, Field(ge=1)] = 30
    payment_circuit_failures: Annotated[int, Field(ge=1)] = 5
    """In a row, after which the payment provider is left alone."""
    payment_circuit_recovery_seconds: Annotated[float, Field(gt=0)] = 30
    """For how long it is left alone before it is tried again."""
    log_level: str = "INFO"

    @model_validator(mode="after")
    def _reaches_its_services(self) -> "Settings":
        if self.cosmos_key and urlsplit(self.cosmos_endpoint).hostname not in _LOOPBACK:
            raise ValueError("COSMOS_KEY is for emulators on this machine; use managed identity")
        topic = self.event_grid_topic_endpoint
        if self.event_grid_topic_key and urlsplit(topic).hostname not in _LOOPBACK:
            raise ValueError(
                "EVENT_GRID_TOPIC_KEY is for emulators on this machine; use managed identity"
            )
        if not (self.app_configuration_endpoint or self.app_configuration_connection_string):
            raise ValueError("APP_CONFIGURATION_ENDPOINT is missing")
        if not (self.storage_connection_string or self.storage_blob_uri):
            raise ValueError(
                "AzureWebJobsStorage__blobServiceUri or AzureWebJobsStorage is missing"
            )
        return self


class SettingsError(Exception):
    """The environment lacks settings, or has wrong ones; the message names each, never a value."""


def load_settings() -> Settings:
    """Read the environment.

    Raises:
        SettingsError: names every setting that is missing or wrong.
    """
    try:
        return Settings()
    except ValidationError as error:
        raise SettingsError(_explained(error)) from None


def _explained(error: ValidationError) -> str:
    lines = ["The application settings are not complete:"]
    for problem in error.errors(include_input=False, include_url=False):
        name = "__".join(str(part) for part in problem["loc"])
        known = name.upper() if name in Settings.model_fields else name
        lines.append(f"  {known}: {problem['msg']}" if known else f"  {problem['msg']}")
    return "\n".join(lines)
