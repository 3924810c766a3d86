"""Orders and their timelines in the ``orders`` container, one logical partition per order."""

from collections.abc import Sequence
from typing import Any

from azure.cosmos.aio import ContainerProxy
from azure.cosmos.exceptions import (
    CosmosBatchOperationError,
    CosmosResourceNotFoundError,
)
from cachetools import LRUCache

from shared.adapters import cosmos_documents as documents
from shared.adapters.cosmos_errors import (
    CONFLICT,
    PRECONDITION_FAILED,
    translated_errors,
)
from shared.adapters.query_pages import page_of
from shared.application.ports import Page
from shared.domain.errors import (
    ConcurrentUpdate,
    OrderExists,
    OrderNotFound,
)
from shared.domain.order import Order, OrderEvent

_TIMELINE = "SELECT * FROM c WHERE STARTSWITH(c.id, @prefix)"
_TIMELINE_PARAMETERS: list[dict[str, object]] = [
    {"name": "@prefix", "value": documents.EVENT_ID_PREFIX}
]

# For operators: through all partitions, by an index in which only such orders have an entry.
_LONGEST_WAITING = (
    "SELECT * FROM c WHERE c.milestones.attention.since > '' ORDER BY c.milestones.attention.since"
)
_ATTENTION_LISTING = "attention"
_NEXT_DUE = "SELECT * FROM c WHERE c.milestones.approvalDue > '' ORDER BY c.milestones.approvalDue"
_APPROVAL_LISTING = "approvals"

# In order lines, which is what orders weigh: some ten megabytes.
_CACHED_LINES = 50_000


class CosmosOrders:
    """The ``Orders`` port. Every state change is one transactional batch."""

    def __init__(self, container: ContainerProxy) -> None:
        self._container = container
        self._seen: LRUCache[str, Order] = LRUCache(
            _CACHED_LINES, getsizeof=lambda order: len(order.lines)
        )

    async def add(self, order: Order, event: OrderEvent) -> None:
        batch = [
            ("create", (documents.order_document(order),)),
            ("create", (documents.event_document(event),)),
        ]
        with translated_errors():
            try:
                await self._container.execute_item_batch(batch, order.id)
            except CosmosBatchOperationError as error:
                if error.status_code == CONFLICT:
                    raise OrderExists from error
                raise
        self._seen[order.id] = order

    async def get(self, order_id: str) -> Order:
        with translated_errors():
            try:
                document = await self._container.read_item(order_id, order_id)
            except CosmosResourceNotFoundError as error:
                raise OrderNotFound(order_id) from error
        order = self._seen[order_id] = documents.order_from(document)
        return order

    async def as_submitted(self, order_id: str) -> Order:
        return self._seen.get(order_id) or await self.get(order_id)

    async def record(self, order: Order, event: OrderEvent) -> None:
        changes = [
            {"op": "set", "path": f"/{name}", "value": value}
            for name, value in documents.mutable_properties(order).items()
        ]
        unchanged_since = f"from c where c.version = {order.version - 1}"
        batch: list[Any] = [
            ("create", (documents.event_document(event),)),
            ("patch", (order.id, changes), {"filter_predicate": unchanged_since}),
        ]
        with translated_errors():
            try:
                await self._container.execute_item_batch(batch, order.id)
            except CosmosBatchOperationError as error:
                # 409: the event of this number is there; 412: another version. Both mean that
                # the order moved on, perhaps by this very change, whose answer was lost.
                if error.status_code in (CONFLICT, PRECONDITION_FAILED):
                    self._seen.pop(order.id, None)
                    raise ConcurrentUpdate("order", order.id) from error
                raise
        self._seen[order.id] = order

    async def events(self, order_id: str) -> Sequence[OrderEvent]:
        with translated_errors():
            found = [
                documents.event_from(document)
                async for document in self._container.query_items(
                    _TIMELINE, parameters=_TIMELINE_PARAMETERS, partition_key=order_id
                )
            ]
        if not found:
            raise OrderNotFound(order_id)
        return sorted(found, key=lambda event: event.number)

    async def in_attention(self, limit: int, continuation: str | None) -> Page[Order]:
        def waiting() -> Any:
            return self._container.query_items(_LONGEST_WAITING, max_item_count=limit)

        return await page_of(waiting, _ATTENTION_LISTING, continuation, documents.order_from)

    async def awaiting_approval(self, limit: int, continuation: str | None) -> Page[Order]:
        def waiting() -> Any:
            return self._container.query_items(_NEXT_DUE, max_item_count=limit)

        return await page_of(waiting, _APPROVAL_LISTING, continuation, documents.order_from)
