"""The Cosmos DB bindings: items read by id or by query, items written."""

import json
import re
from collections.abc import Mapping
from typing import Any

from azure.cosmos import PartitionKey
from azure.cosmos.aio import ContainerProxy
from azure.cosmos.exceptions import CosmosResourceNotFoundError
from azure.functions.meta import Datum

from emulators.functions_host.bindings.adapter import Adapter, Resolve
from emulators.functions_host.connections import Connections, check_cosmos
from emulators.functions_host.functions import Binding

_EXPRESSION = re.compile(r"\{[^{}]+\}")


class CosmosBinding(Adapter):
    """Reads one item, or what a query finds; upserts what the function puts out."""

    def __init__(self, connections: Connections) -> None:
        self._connections = connections

    def check(self, function: str, binding: Binding) -> None:
        check_cosmos(function, binding)

    async def read(self, binding: Binding, resolve: Resolve) -> Datum:
        container = self._container(binding, resolve)
        if "id" in binding:
            return await _read_item(container, binding, resolve)
        query, parameters = _query_of(binding, resolve)
        options = _partition_key(binding, resolve)
        found = container.query_items(query, parameters=parameters, **options)
        return Datum(json.dumps([item async for item in found]), "json")

    async def write(self, binding: Binding, datum: Datum, resolve: Resolve) -> None:
        """Upsert each item, one after the other; one that fails leaves those before it written."""
        container = self._container(binding, resolve)
        if binding.get("createIfNotExists", False):
            container = await self._create_container(binding, resolve)
        items = json.loads(datum.value)
        for item in items if isinstance(items, list) else [items]:
            await container.upsert_item(item)

    def _container(self, binding: Binding, resolve: Resolve) -> ContainerProxy:
        database, container = (
            resolve(str(binding[name])) for name in ("databaseName", "containerName")
        )
        client = self._connections.cosmos(str(binding["connection"]))
        return client.get_database_client(database).get_container_client(container)

    async def _create_container(self, binding: Binding, resolve: Resolve) -> ContainerProxy:
        client = self._connections.cosmos(str(binding["connection"]))
        database = await client.create_database_if_not_exists(resolve(str(binding["databaseName"])))
        throughput = binding.get("containerThroughput")
        return await database.create_container_if_not_exists(
            resolve(str(binding["containerName"])),
            PartitionKey(str(binding.get("partitionKey") or "/id")),
            offer_throughput=int(throughput) if throughput else None,
        )


async def _read_item(container: ContainerProxy, binding: Binding, resolve: Resolve) -> Datum:
    id_ = resolve(str(binding["id"]))
    key = resolve(str(binding["partitionKey"])) if "partitionKey" in binding else id_
    try:
        return Datum(json.dumps(await container.read_item(id_, key)), "json")
    except CosmosResourceNotFoundError:
        # The extension binds null, and the worker makes that a list with None in it.
        return Datum("null", "json")


def _query_of(binding: Binding, resolve: Resolve) -> tuple[str, list[dict[str, Any]]]:
    """The query with its expressions turned into parameters, as the extension does."""
    parameters: list[dict[str, Any]] = []

    def parameter(match: re.Match[str]) -> str:
        name = f"@p{len(parameters)}"
        parameters.append({"name": name, "value": resolve(match[0])})
        return name

    query = str(binding.get("sqlQuery") or "SELECT * FROM c")
    return _EXPRESSION.sub(parameter, query), parameters


def _partition_key(binding: Binding, resolve: Resolve) -> Mapping[str, Any]:
    if "partitionKey" not in binding:
        return {}
    return {"partition_key": resolve(str(binding["partitionKey"]))}
