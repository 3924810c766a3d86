"""Cheap questions to the backing services, for readiness."""

import asyncio
from contextlib import suppress

from azure.appconfiguration.aio import AzureAppConfigurationClient
from azure.core.exceptions import ResourceNotFoundError
from azure.cosmos.aio import ContainerProxy
from azure.storage.blob.aio import ContainerClient


class CosmosProbe:
    """Reads the properties of every container that the app needs.

    A container that was never provisioned shows here, where it is looked for; to a point read it
    would look like an item that is not there.
    """

    name = "cosmos-db"

    def __init__(self, *containers: ContainerProxy) -> None:
        self._containers = containers

    async def check(self) -> None:
        await asyncio.gather(*(container.read() for container in self._containers))


class AppConfigurationProbe:
    """Asks for a setting that need not exist. Flags in use outlive an outage."""

    name = "app-configuration"

    def __init__(self, client: AzureAppConfigurationClient) -> None:
        self._client = client

    async def check(self) -> None:
        with suppress(ResourceNotFoundError):
            await self._client.get_configuration_setting("readiness-probe")


class StorageProbe:
    """The account that Durable Functions and the host live on answers.

    It is asked for a container, since roles on data let nobody ask about the account.
    """

    name = "storage"

    def __init__(self, container: ContainerClient) -> None:
        self._container = container

    async def check(self) -> None:
        await self._container.get_container_properties()
