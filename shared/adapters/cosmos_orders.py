"""Orders and their timelines in the ``orders`` container, one logical partition per order."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from azure.cosmos.aio import ContainerProxy
from azure.cosmos.exceptions import (
    CosmosAccessConditionFailedError,
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
from shared.adapters.refund_documents import (
    REFUND_ID_PREFIX,
    refund_document_id,
    refund_from,
    refund_operation,
)
from shared.adapters.times import rfc3339
from shared.application.ports import Page
from shared.domain.errors import (
    ConcurrentUpdate,
    OrderExists,
    OrderNotFound,
    RefundExists,
    RefundNotFound,
)
from shared.domain.order import Order, OrderEvent
from shared.domain.refund import Refund

_OF_A_KIND = "SELECT * FROM c WHERE STARTSWITH(c.id, @prefix)"

# For operators: through all partitions, by an index in which only such orders have an entry.
_LONGEST_WAITING = (
    "SELECT * FROM c WHERE c.milestones.attention.since > '' ORDER BY c.milestones.attention.since"
)
_ATTENTION_LISTING = "attention"
_NEXT_DUE = "SELECT * FROM c WHERE c.milestones.approvalDue > '' ORDER BY c.milestones.approvalDue"
_APPROVAL_LISTING = "approvals"

# For a timer, in the same manner.
_DUE_LISTING = "due"
_LONGEST_DUE = "SELECT * FROM c WHERE c.milestones.checkAt <= @now ORDER BY c.milestones.checkAt"

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

    async def record(self, order: Order, event: OrderEvent, *refunds: Refund) -> None:
        changes = [
            {"op": "set", "path": f"/{name}", "value": value}
            for name, value in documents.mutable_properties(order).items()
        ]
        batch: list[Any] = [
            *(refund_operation(refund) for refund in refunds),
            ("create", (documents.event_document(event),)),
            ("patch", (order.id, changes), _unless_changed(order.version - 1)),
        ]
        with translated_errors():
            try:
                await self._container.execute_item_batch(batch, order.id)
            except CosmosBatchOperationError as error:
                if error.status_code == CONFLICT and error.error_index < len(refunds):
                    raise RefundExists from error
                # 409: the event of this number is there; 412: another version. Both mean that
                # the order moved on, perhaps by this very change, whose answer was lost.
                if error.status_code in (CONFLICT, PRECONDITION_FAILED):
                    self._seen.pop(order.id, None)
                    raise ConcurrentUpdate("order", order.id) from error
                raise
        self._seen[order.id] = order

    async def events(self, order_id: str) -> Sequence[OrderEvent]:
        found = await self._documents(order_id, documents.EVENT_ID_PREFIX)
        if not found:
            raise OrderNotFound(order_id)
        return sorted(map(documents.event_from, found), key=lambda event: event.number)

    async def refund(self, order_id: str, refund_id: str) -> Refund:
        with translated_errors():
            try:
                document = await self._container.read_item(refund_document_id(refund_id), order_id)
            except CosmosResourceNotFoundError as error:
                raise RefundNotFound(refund_id) from error
        return refund_from(document)

    async def refunds(self, order_id: str) -> Sequence[Refund]:
        found = await self._documents(order_id, REFUND_ID_PREFIX)
        return sorted(map(refund_from, found), key=lambda refund: refund.requested_at)

    async def due(self, now: datetime, at_most: int) -> Sequence[Order]:
        parameters: list[dict[str, object]] = [{"name": "@now", "value": rfc3339(now)}]

        def longest_due() -> Any:
            return self._container.query_items(
                _LONGEST_DUE, parameters=parameters, max_item_count=at_most
            )

        return (await page_of(longest_due, _DUE_LISTING, None, documents.order_from)).items

    async def check_later(self, order: Order, at: datetime) -> None:
        later = [{"op": "set", "path": f"/milestones/{documents.CHECK_AT}", "value": rfc3339(at)}]
        with translated_errors():
            try:
                await self._container.patch_item(
                    order.id, order.id, later, **_unless_changed(order.version)
                )
            except CosmosAccessConditionFailedError as error:
                raise ConcurrentUpdate("order", order.id) from error

    async def _documents(self, order_id: str, prefix: str) -> list[documents.Document]:
        with translated_errors():
            return [
                document
                async for document in self._container.query_items(
                    _OF_A_KIND,
                    parameters=[{"name": "@prefix", "value": prefix}],
                    partition_key=order_id,
                )
            ]

    async def in_attention(self, limit: int, continuation: str | None) -> Page[Order]:
        def waiting() -> Any:
            return self._container.query_items(_LONGEST_WAITING, max_item_count=limit)

        return await page_of(waiting, _ATTENTION_LISTING, continuation, documents.order_from)

    async def awaiting_approval(self, limit: int, continuation: str | None) -> Page[Order]:
        def waiting() -> Any:
            return self._container.query_items(_NEXT_DUE, max_item_count=limit)

        return await page_of(waiting, _APPROVAL_LISTING, continuation, documents.order_from)


def _unless_changed(version: int) -> dict[str, Any]:
    """The condition that the order is still of *version*; a new one each time, since the SDK keeps
    what it is given.
    """
    return {"filter_predicate": f"from c where c.version = {version}"}
