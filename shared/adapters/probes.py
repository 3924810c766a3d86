"""Cheap questions to the backing services, for readiness."""

from azure.cosmos.aio import DatabaseProxy
from azure.storage.blob.aio import BlobServiceClient

from shared.application.ports import Features


class CosmosProbe:
    """Reads the database's own properties: one request, no request units of any container."""

    name = "cosmos-db"

    def __init__(self, database: DatabaseProxy) -> None:
        self._database = database

    async def check(self) -> None:
        await self._database.read()


class AppConfigurationProbe:
    """Feature flags can be evaluated."""

    name = "app-configuration"

    def __init__(self, features: Features) -> None:
        self._features = features

    async def check(self) -> None:
        await self._features.of_customer("readiness-probe")


class StorageProbe:
    """The account that Durable Functions and the host live on answers."""

    name = "storage"

    def __init__(self, client: BlobServiceClient) -> None:
        self._client = client

    async def check(self) -> None:
        await self._client.get_account_information()
