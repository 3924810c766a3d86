"""Creates what a deployment would have created, where missing: containers, flags, values."""

import asyncio
import json
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

from azure.appconfiguration import ConfigurationSetting
from azure.appconfiguration.aio import AzureAppConfigurationClient
from azure.core.exceptions import ResourceExistsError
from azure.cosmos import PartitionKey
from azure.cosmos.aio import CosmosClient, DatabaseProxy
from azure.storage.blob.aio import BlobServiceClient

INFRA = Path(__file__).resolve().parent.parent / "infra"

FEATURE_FLAG_KEY_PREFIX = ".appconfig.featureflag/"
FEATURE_FLAG_CONTENT_TYPE = "application/vnd.microsoft.appconfig.ff+json;charset=utf-8"


async def provision(settings: Mapping[str, str], infra: Path = INFRA) -> None:
    """Create the containers of ``cosmos.json``, the flags of ``feature-flags.json`` and the values
    of ``configuration.json``.

    Repeating it changes nothing: what is there already, changed by hand or not, is left alone.
    """
    await asyncio.gather(
        create_containers(settings, _read(infra / "cosmos.json")),
        create_feature_flags(
            settings["APP_CONFIGURATION_CONNECTION_STRING"], _read(infra / "feature-flags.json")
        ),
        create_values(
            settings["APP_CONFIGURATION_CONNECTION_STRING"], _read(infra / "configuration.json")
        ),
    )


async def provision_storage(settings: Mapping[str, str], infra: Path = INFRA) -> None:
    """Create the blob containers of ``storage.json`` that do not exist.

    Apart from the rest, since storage takes longest to start and the app starts without it.
    """
    connection_string = settings["AzureWebJobsStorage"]
    async with BlobServiceClient.from_connection_string(connection_string) as service:
        for name in _read(infra / "storage.json")["containers"]:
            with suppress(ResourceExistsError):
                await service.create_container(name)


async def create_containers(settings: Mapping[str, str], layout: Mapping[str, Any]) -> None:
    """Create the database and containers of *layout* that do not exist."""
    async with CosmosClient(settings["COSMOS_ENDPOINT"], settings["COSMOS_KEY"]) as client:
        database = await client.create_database_if_not_exists(layout["database"])
        await asyncio.gather(
            *(_create_container(database, container) for container in layout["containers"])
        )


async def _create_container(database: DatabaseProxy, container: Mapping[str, Any]) -> None:
    key = container["partitionKey"]
    # A hierarchical key is a list to the SDK, a plain one a string.
    path = key["paths"] if len(key["paths"]) > 1 else key["paths"][0]
    await database.create_container_if_not_exists(
        container["id"],
        PartitionKey(path=path, kind=key.get("kind", "Hash"), version=key.get("version", 2)),
        indexing_policy=container.get("indexingPolicy"),
        default_ttl=container.get("defaultTtl"),
        unique_key_policy=container.get("uniqueKeyPolicy"),
    )


async def create_feature_flags(connection_string: str, flags: list[dict[str, Any]]) -> None:
    """Create each of *flags* that does not exist."""
    async with AzureAppConfigurationClient.from_connection_string(connection_string) as client:
        await asyncio.gather(*(_create_flag(client, flag) for flag in flags))


async def create_values(connection_string: str, values: list[dict[str, Any]]) -> None:
    """Create each of *values* that does not exist."""
    async with AzureAppConfigurationClient.from_connection_string(connection_string) as client:
        await asyncio.gather(*(_create(client, value_setting(value)) for value in values))


def value_setting(value: Mapping[str, Any]) -> ConfigurationSetting:
    """An entry of ``configuration.json`` as App Configuration keeps it."""
    return ConfigurationSetting(
        key=value["key"], content_type=value["contentType"], value=json.dumps(value["value"])
    )


async def _create_flag(client: AzureAppConfigurationClient, flag: dict[str, Any]) -> None:
    setting = ConfigurationSetting(
        key=FEATURE_FLAG_KEY_PREFIX + flag["id"],
        content_type=FEATURE_FLAG_CONTENT_TYPE,
        value=json.dumps(flag),
    )
    await _create(client, setting)


async def _create(client: AzureAppConfigurationClient, setting: ConfigurationSetting) -> None:
    try:
        await client.add_configuration_setting(setting)
    except ResourceExistsError:
        return


def _read(path: Path) -> Any:
    return json.loads(path.read_text(encoding="utf-8"))
