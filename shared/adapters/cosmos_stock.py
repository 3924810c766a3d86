"""Levels and reservations in the ``stock`` container: one logical partition per SKU.

A SKU's partition holds its level (``id`` = ``stock``), one reservation per order, and a record of
each event that changed the level. The level changes with either of them in one transactional batch,
guarded by conditions that the server evaluates: no read before the write, and no etag retry storm
on a hot SKU. Invariant: sum(held reservations) == reserved <= onHand.
"""

from collections.abc import Iterable, Mapping, Set
from typing import Any

from azure.cosmos.aio import ContainerProxy
from azure.cosmos.exceptions import CosmosBatchOperationError

from shared.adapters.cosmos_documents import STOCK_ID, Document, processed_id, reservation_id
from shared.adapters.cosmos_errors import (
    CONFLICT,
    NOT_FOUND,
    PRECONDITION_FAILED,
    translated_errors,
)
from shared.domain.errors import (
    ConcurrentUpdate,
    OutOfStock,
    ProductNotFound,
    ReservationReleased,
    StockBelowReserved,
)

HELD = "held"
RELEASED = "released"
COMMITTED = "committed"

# A released reservation stays as a tombstone: a late repeat of the reservation meets it (409) and
# takes nothing. No activity is repeated after so long.
TOMBSTONE_SECONDS = 30 * 24 * 3600

_STILL_HELD = f"from c where c.state = '{HELD}'"

# Longer than events may be old (application/events/messages.py), so that no repeat is missed.
PROCESSED_SECONDS = 35 * 24 * 3600


class CosmosStock:
    """The ``Stock`` port."""

    def __init__(self, container: ContainerProxy) -> None:
        self._container = container

    async def reserve(self, order_id: str, sku: str, quantity: int) -> None:
        batch = [
            ("create", (_reservation(order_id, sku, quantity, HELD),)),
            (
                "patch",
                (STOCK_ID, [{"op": "incr", "path": "/reserved", "value": quantity}]),
                {"filter_predicate": f"from c where c.onHand - c.reserved >= {quantity}"},
            ),
        ]
        status = await self._execute(batch, sku)
        if status == CONFLICT:
            await self._expect_held(order_id, sku)
        elif status in (PRECONDITION_FAILED, NOT_FOUND):
            # 404: the product was deleted since it was ordered.
            raise OutOfStock(sku, quantity)

    async def release(self, order_id: str, sku: str, quantity: int) -> None:
        status = await self._execute(_give_back(order_id, quantity), sku)
        if status != NOT_FOUND:  # given back now, or (412) before
            return
        tombstone = _reservation(order_id, sku, 0, RELEASED) | {"ttl": TOMBSTONE_SECONDS}
        if await self._execute([("create", (tombstone,))], sku) == CONFLICT:
            # A late reservation slipped in between. The next repeat finds and releases it.
            raise ConcurrentUpdate("reservation", reservation_id(order_id))

    async def commit(self, order_id: str, sku: str, quantity: int) -> None:
        status = await self._execute(_hand_out(order_id, quantity), sku)
        if status == NOT_FOUND:
            raise ReservationReleased(sku, order_id)
        if status == PRECONDITION_FAILED:  # handed out before, or given back
            await self._expect_held(order_id, sku)

    async def adjust(self, sku: str, deltas: Mapping[str, int]) -> Set[str]:
        status = await self._execute(_adjustment(sku, deltas), sku)
        if status == CONFLICT:
            return await self._adjust_the_others(sku, deltas)
        if status == NOT_FOUND:
            raise ProductNotFound(sku)
        if status == PRECONDITION_FAILED:
            raise StockBelowReserved(sku)
        return frozenset()

    async def _adjust_the_others(self, sku: str, deltas: Mapping[str, int]) -> Set[str]:
        known = await self._known(sku, deltas)
        if not known:
            # Between our batch and our look the one that conflicted has expired.
            raise ConcurrentUpdate("stock level", sku)
        others = {key: delta for key, delta in deltas.items() if key not in known}
        return known | (await self.adjust(sku, others) if others else frozenset())

    async def _known(self, sku: str, keys: Iterable[str]) -> Set[str]:
        wanted = [(processed_id(key), sku) for key in keys]
        with translated_errors():
            found = await self._container.read_items(wanted)
        return {document["eventKey"] for document in found}

    async def _expect_held(self, order_id: str, sku: str) -> None:
        with translated_errors():
            reservation = await self._container.read_item(reservation_id(order_id), sku)
        if reservation["state"] == RELEASED:
            raise ReservationReleased(sku, order_id)

    async def _execute(self, batch: list[Any], sku: str) -> int:
        """Run *batch*; 200, or the expected status with which one of its operations failed."""
        with translated_errors():
            try:
                await self._container.execute_item_batch(batch, sku)
            except CosmosBatchOperationError as error:
                if error.status_code in (NOT_FOUND, CONFLICT, PRECONDITION_FAILED):
                    return error.status_code
                raise
        return 200


def _reservation(order_id: str, sku: str, quantity: int, state: str) -> Document:
    return {
        "id": reservation_id(order_id),
        "sku": sku,
        "orderId": order_id,
        "quantity": quantity,
        "state": state,
    }


def _adjustment(sku: str, deltas: Mapping[str, int]) -> list[Any]:
    """One batch: a record of each event, which no second one can create, and the change."""
    total = sum(deltas.values())
    records = [
        {"id": processed_id(key), "sku": sku, "eventKey": key, "ttl": PROCESSED_SECONDS}
        for key in deltas
    ]
    change = [{"op": "incr", "path": "/onHand", "value": total}]
    enough_left = {"filter_predicate": f"from c where c.onHand + {total} >= c.reserved"}
    return [
        *(("create", (record,)) for record in records),
        ("patch", (STOCK_ID, change), enough_left),
    ]


def _hand_out(order_id: str, quantity: int) -> list[Any]:
    # What is handed out stays as a record for as long as a tombstone does.
    to_committed = [
        {"op": "set", "path": "/state", "value": COMMITTED},
        {"op": "set", "path": "/ttl", "value": TOMBSTONE_SECONDS},
    ]
    lower = [
        {"op": "incr", "path": "/onHand", "value": -quantity},
        {"op": "incr", "path": "/reserved", "value": -quantity},
    ]
    return [
        ("patch", (reservation_id(order_id), to_committed), {"filter_predicate": _STILL_HELD}),
        ("patch", (STOCK_ID, lower)),
    ]


def _give_back(order_id: str, quantity: int) -> list[Any]:
    to_tombstone = [
        {"op": "set", "path": "/state", "value": RELEASED},
        {"op": "set", "path": "/quantity", "value": 0},
        {"op": "set", "path": "/ttl", "value": TOMBSTONE_SECONDS},
    ]
    lower = [{"op": "incr", "path": "/reserved", "value": -quantity}]
    return [
        ("patch", (reservation_id(order_id), to_tombstone), {"filter_predicate": _STILL_HELD}),
        ("patch", (STOCK_ID, lower)),
    ]
