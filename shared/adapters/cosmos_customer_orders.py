"""The read model in the ``customer-orders`` container, one logical partition per customer.

Every write is guarded by the version it brings, on the server: pages of the change feed are
delivered again, late and by several hosts at once, and none of that may bring back an older state.
"""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from typing import Any

from azure.cosmos.aio import ContainerProxy
from azure.cosmos.exceptions import (
    CosmosAccessConditionFailedError,
    CosmosBatchOperationError,
    CosmosResourceExistsError,
    CosmosResourceNotFoundError,
)
from cachetools import LRUCache

from shared.adapters.cosmos_errors import (
    CONFLICT,
    NOT_FOUND,
    PRECONDITION_FAILED,
    translated_errors,
)
from shared.adapters.query_pages import page_of
from shared.adapters.summary_documents import mutable_properties, summary_document, summary_from
from shared.application.bounded import for_each
from shared.application.ports import Page
from shared.domain.errors import ConcurrentUpdate
from shared.domain.order_summary import OrderSummary

_NEWEST_FIRST = "SELECT * FROM c ORDER BY c.placedAt DESC"
_MAX_BATCH = 100
_REMEMBERED = 50_000

# Tokens become part of a URL.
_MAX_TOKEN_KIB = 2


class CosmosCustomerOrders:
    """The ``CustomerOrders`` port. Customers are written *concurrency* at a time."""

    def __init__(self, container: ContainerProxy, concurrency: int) -> None:
        self._container = container
        self._concurrency = concurrency
        # The newest versions that this worker has stored, by order: they choose between creating
        # and patching, and a page that is repeated costs nothing here.
        self._stored: LRUCache[str, int] = LRUCache(_REMEMBERED)

    async def put(self, summaries: Sequence[OrderSummary]) -> None:
        await for_each(self._batches(summaries), self._write, at_most=self._concurrency)

    async def page(
        self, customer_id: str, limit: int, continuation: str | None
    ) -> Page[OrderSummary]:
        def newest() -> Any:
            return self._container.query_items(
                _NEWEST_FIRST,
                partition_key=customer_id,
                max_item_count=limit,
                continuation_token_limit=_MAX_TOKEN_KIB,
            )

        return await page_of(newest, customer_id, continuation, summary_from)

    def _batches(self, summaries: Sequence[OrderSummary]) -> Iterator[Sequence[OrderSummary]]:
        newest: dict[str, OrderSummary] = {}
        for summary in sorted(summaries, key=lambda summary: summary.version):
            if summary.version > self._stored.get(summary.order_id, 0):
                newest[summary.order_id] = summary
        by_customer: dict[str, list[OrderSummary]] = defaultdict(list)
        for summary in newest.values():
            by_customer[summary.customer_id].append(summary)
        for of_customer in by_customer.values():
            for start in range(0, len(of_customer), _MAX_BATCH):
                yield of_customer[start : start + _MAX_BATCH]

    async def _write(self, summaries: Sequence[OrderSummary]) -> None:
        with translated_errors():
            if len(summaries) == 1 or not await self._write_together(summaries):
                for summary in summaries:
                    await self._write_one(summary)
        for summary in summaries:
            known = self._stored.get(summary.order_id, 0)
            self._stored[summary.order_id] = max(known, summary.version)

    async def _write_together(self, summaries: Sequence[OrderSummary]) -> bool:
        """Whether all were written; if any meets a condition, none is."""
        batch: list[Any] = [
            ("patch", (summary.order_id, _changes(summary)), {"filter_predicate": _older(summary)})
            if summary.order_id in self._stored
            else ("create", (summary_document(summary),))
            for summary in summaries
        ]
        try:
            await self._container.execute_item_batch(batch, summaries[0].customer_id)
        except CosmosBatchOperationError as error:
            if error.status_code in (NOT_FOUND, CONFLICT, PRECONDITION_FAILED):
                return False
            raise
        return True

    async def _write_one(self, summary: OrderSummary) -> None:
        ways = [self._create, self._patch, self._create]
        for write in ways[1:] if summary.order_id in self._stored else ways:
            if await write(summary):
                return
        raise ConcurrentUpdate("summary of order", summary.order_id)

    async def _create(self, summary: OrderSummary) -> bool:
        try:
            await self._container.create_item(summary_document(summary))
        except CosmosResourceExistsError:
            return False
        return True

    async def _patch(self, summary: OrderSummary) -> bool:
        """Whether there is a summary, which now has this version or a newer one."""
        try:
            await self._container.patch_item(
                summary.order_id,
                summary.customer_id,
                _changes(summary),
                filter_predicate=_older(summary),
            )
        except CosmosResourceNotFoundError:
            return False
        except CosmosAccessConditionFailedError:
            return True
        return True


def _older(summary: OrderSummary) -> str:
    return f"from c where c.version < {summary.version}"


def _changes(summary: OrderSummary) -> list[dict[str, Any]]:
    return [
        {"op": "set", "path": f"/{name}", "value": value}
        for name, value in mutable_properties(summary).items()
    ]
