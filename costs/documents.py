"""How large the documents of an order are in Cosmos DB."""

import json
from collections.abc import Mapping
from typing import Any

from azure.cosmos.aio import ContainerProxy, CosmosClient

_OF_AN_ORDER = {
    "orders": "SELECT * FROM c WHERE c.orderId = @order",
    "stock": "SELECT * FROM c WHERE c.id = CONCAT('reservation-', @order)",
    "customer-orders": "SELECT * FROM c WHERE c.id = @order",
}


async def stored_bytes(settings: Mapping[str, str], order_id: str) -> int:
    """Everything that stays of an order, as JSON."""
    async with CosmosClient(settings["COSMOS_ENDPOINT"], settings["COSMOS_KEY"]) as client:
        database = client.get_database_client(settings["COSMOS_DATABASE"])
        return sum(
            [
                await _bytes_of(database.get_container_client(name), query, order_id)
                for name, query in _OF_AN_ORDER.items()
            ]
        )


async def _bytes_of(container: ContainerProxy, query: str, order_id: str) -> int:
    parameters: list[dict[str, Any]] = [{"name": "@order", "value": order_id}]
    found = container.query_items(query, parameters=parameters)
    return sum([len(json.dumps(document, separators=(",", ":"))) async for document in found])
