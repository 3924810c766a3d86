"""Reading the books: of each order in every place, and of all stock that the orders ask for."""

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Mapping
from typing import Any, TypeVar

from tests.chaos.order_lives.books import Books, OrderBook
from tests.chaos.order_lives.world import PatientShop

K = TypeVar("K")
V = TypeVar("V")
Json = dict[str, Any]

READERS = 16


async def read_books(
    shop: PatientShop, order_ids: Iterable[str], stocked: Mapping[str, int]
) -> Books:
    """What is written about these orders, and about the SKUs of which *stocked* came in."""
    orders = await read_each(order_ids, lambda order_id: read_book(shop, order_id))
    levels = await read_each(stocked, lambda sku: read_level(shop, sku))
    return Books(list(orders.values()), dict(stocked), levels)


async def read_order(shop: PatientShop, order_id: str) -> Json:
    """The order as it is now."""
    answer = await shop.ask("GET", f"/api/orders/{order_id}")
    assert answer.status == 200, answer
    return answer.body


async def read_book(shop: PatientShop, order_id: str) -> OrderBook:
    """One order in all places."""
    order, events, payments, refunds = await asyncio.gather(
        read_order(shop, order_id),
        shop.ask("GET", f"/api/orders/{order_id}/events"),
        shop.payments(order_id),
        shop.ask("GET", f"/api/orders/{order_id}/refunds"),
    )
    return OrderBook(order, events.body["events"], payments, refunds.body["refunds"])


async def read_level(shop: PatientShop, sku: str) -> tuple[int, int]:
    """On hand and reserved."""
    answer = await shop.ask("GET", f"/api/products/{sku}")
    assert answer.status == 200, answer
    return answer.body["onHand"], answer.body["reserved"]


async def read_each(keys: Iterable[K], read: Callable[[K], Awaitable[V]]) -> dict[K, V]:
    """What *read* gives for each key, some at a time."""
    keys = list(keys)
    waiting, found = iter(keys), dict[K, V]()

    async def read_on() -> None:
        for key in waiting:
            found[key] = await read(key)

    await asyncio.gather(*(read_on() for _ in range(READERS)))
    return {key: found[key] for key in keys}
