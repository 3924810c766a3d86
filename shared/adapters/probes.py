"""Cheap questions to the backing services, for readiness."""

from contextlib import suppress

from azure.appconfiguration.aio import AzureAppConfigurationClient
from azure.core.exceptions import ResourceNotFoundError
from azure.cosmos.aio import DatabaseProxy
from azure.storage.blob.aio import BlobServiceClient


class CosmosProbe:
    """Reads the database's own properties: one request, no request units of any container."""

    name = "cosmos-db"

    def __init__(self, database: DatabaseProxy) -> None:
        self._database = database

    async def check(self) -> None:
        await self._database.read()


class AppConfigurationProbe:
    """Asks for a setting that need not exist. Flags in use outlive an outage."""

    name = "app-configuration"

    def __init__(self, client: AzureAppConfigurationClient) -> None:
        self._client = client

    async def check(self) -> None:
        with suppress(ResourceNotFoundError):
            await self._client.get_configuration_setting("readiness-probe")


class StorageProbe:
    """The account that Durable Functions and the host live on answers."""

    name = "storage"

    def __init__(self, client: BlobServiceClient) -> None:
        self._client = client

    async def check(self) -> None:
        await self._client.get_account_information()
