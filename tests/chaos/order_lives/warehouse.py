"""A hand in the database: stock that an order holds goes astray, and is put back."""

from collections.abc import Mapping
from contextlib import suppress
from typing import Any

from azure.core.exceptions import AzureError
from azure.cosmos.aio import CosmosClient
from azure.cosmos.exceptions import CosmosBatchOperationError

PRECONDITION_FAILED = 412


class Warehouse:
    """Changes reservations behind the back of the app."""

    def __init__(self, settings: Mapping[str, str]) -> None:
        self._client = CosmosClient(settings["COSMOS_ENDPOINT"], settings["COSMOS_KEY"])
        database = self._client.get_database_client(settings["COSMOS_DATABASE"])
        self._stock = database.get_container_client("stock")

    async def close(self) -> None:
        """Let go of the database."""
        await self._client.close()

    async def lose(self, order_id: str, sku: str, quantity: int) -> None:
        """Release what the order holds of a SKU, if it does; perhaps in vain, on a bad day."""
        with suppress(AzureError):
            await self._move(order_id, sku, quantity, before="held", after="released")

    async def put_back(self, order_id: str, sku: str, quantity: int) -> None:
        """Have the order hold it again, if it was released.

        Raises:
            AzureError: the database is not well.
        """
        await self._move(order_id, sku, quantity, before="released", after="held")

    async def _move(
        self, order_id: str, sku: str, quantity: int, *, before: str, after: str
    ) -> None:
        units = quantity if after == "held" else -quantity
        state: list[dict[str, Any]] = [
            {"op": "set", "path": "/state", "value": after},
            {"op": "set", "path": "/quantity", "value": quantity if after == "held" else 0},
            {"op": "set", "path": "/ttl", "value": -1},
        ]
        level = [{"op": "incr", "path": "/reserved", "value": units}]
        only = {"filter_predicate": f"from c where c.state = '{before}'"}
        of_order, of_sku = f"reservation-{order_id}", "stock"
        batch: list[Any] = [("patch", (of_order, state), only), ("patch", (of_sku, level))]
        try:
            await self._stock.execute_item_batch(batch, sku)
        except CosmosBatchOperationError as error:
            if error.status_code != PRECONDITION_FAILED:
                raise
