"""A client of the app for tests: submits, waits for ends, looks at stock, ledger and counters."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any
from uuid import uuid4

import aiohttp

from tests.builders import submission_json

Json = dict[str, Any]

SETTLED = frozenset({"Confirmed", "Rejected", "Cancelled", "NeedsAttention"})
PATIENCE_SECONDS = 60


@dataclass(frozen=True)
class Answer:
    """An HTTP answer, read."""

    status: int
    headers: Any
    body: Json

    @property
    def problem(self) -> str:
        """The last part of the problem's type."""
        return str(self.body["type"]).rpartition(":")[-1]


@dataclass
class Shop:
    """The app at ``urls["functions"]``; the other URLs are there only beside emulators."""

    session: aiohttp.ClientSession
    urls: dict[str, str]
    prefix: str = field(default_factory=lambda: f"T{uuid4().hex[:10]}")

    def sku(self, name: str) -> str:
        """A SKU that no other test uses."""
        return f"{self.prefix}-{name}"

    async def ask(self, method: str, path: str, **request: Any) -> Answer:
        """One request to the app."""
        url = self.urls["functions"] + path
        async with self.session.request(method, url, **request) as response:
            is_json = "json" in response.content_type
            body = await response.json(content_type=None) if is_json else {}
            return Answer(response.status, response.headers, body or {})

    async def stock(self, **on_hand: int) -> None:
        """Put products on the shelf at 2.50 each: ``await shop.stock(MUG=10)``."""
        products = [
            {
                "sku": self.sku(name),
                "name": name.title(),
                "price": {"amount": "2.50", "currency": "GBP"},
                "onHand": count,
            }
            for name, count in on_hand.items()
        ]
        answer = await self.ask("POST", "/api/products/import", json={"products": products})
        assert answer.status == 200, answer.body

    async def level(self, name: str) -> tuple[int, int]:
        """On hand and reserved."""
        answer = await self.ask("GET", f"/api/products/{self.sku(name)}")
        return answer.body["onHand"], answer.body["reserved"]

    def order(self, quantities: dict[str, int], **changes: Any) -> Json:
        """The body of an order for this shop's products."""
        lines = [{"sku": self.sku(name), "quantity": count} for name, count in quantities.items()]
        return submission_json(customerId=f"customer-{self.prefix}", lines=lines, **changes)

    async def submit(self, body: Json, key: str | None = None) -> Answer:
        """One submission."""
        headers = {"Idempotency-Key": key or uuid4().hex}
        return await self.ask("POST", "/api/orders", json=body, headers=headers)

    async def submit_patiently(self, body: Json, key: str) -> Json:
        """Submit as a client has to: again and again under one key until there is an answer."""
        deadline = time.monotonic() + PATIENCE_SECONDS
        while time.monotonic() < deadline:
            try:
                answer = await self.submit(body, key)
            except (aiohttp.ClientError, TimeoutError):
                answer = None
            if answer is not None and answer.status == 202:
                return answer.body
            assert answer is None or answer.status == 503, answer
            await asyncio.sleep(0.2)
        raise AssertionError(f"no answer to {key} within {PATIENCE_SECONDS} s")

    async def settled(self, order_id: str) -> Json:
        """The order once it has reached its end."""
        deadline = time.monotonic() + PATIENCE_SECONDS
        state: Any = None
        while time.monotonic() < deadline:
            try:
                answer = await self.ask("GET", f"/api/orders/{order_id}")
            except (aiohttp.ClientError, TimeoutError):
                answer = None
            state = answer and answer.body
            if answer and answer.body.get("status") in SETTLED:
                return answer.body
            await asyncio.sleep(0.05)
        raise AssertionError(f"not settled within {PATIENCE_SECONDS} s: {state}")

    async def listed(self, count: int = 1, status: str = "Confirmed") -> list[Json]:
        """This shop's customer's list, once it has so many orders and all have this status."""
        path = f"/api/customers/customer-{self.prefix}/orders"
        deadline = time.monotonic() + PATIENCE_SECONDS
        orders: list[Json] = []
        while time.monotonic() < deadline:
            answer = await self.ask("GET", path)
            assert answer.status == 200, answer.body
            orders = answer.body["orders"]
            if [order["status"] for order in orders] == count * [status]:
                return orders
            await asyncio.sleep(0.05)
        raise AssertionError(f"not listed within {PATIENCE_SECONDS} s: {orders}")

    async def place(self, quantities: dict[str, int], **changes: Any) -> Json:
        """Submit an order and wait for its end."""
        answer = await self.submit(self.order(quantities, **changes))
        assert answer.status == 202, answer.body
        return await self.settled(answer.body["id"])

    async def place_warm_up(self) -> None:
        """One order first, so that connections and caches of the worker are there."""
        await self.stock(WARM=10)
        await self.place({"WARM": 1})

    async def ledger(self, order_id: str) -> list[Json]:
        """The payments of an order, from the payments emulator."""
        async with self.session.get(f"{self.urls['payments']}/_emulator/ledger") as response:
            payments: list[Json] = (await response.json())["payments"]
        return [p for p in payments if p["metadata"].get("orderId") == order_id]

    async def kept(self, order_id: str) -> int:
        """Minor units taken for an order and not given back."""
        return sum(
            p["amountCaptured"] - p["amountRefunded"] + p["amountCapturable"]
            for p in await self.ledger(order_id)
        )

    async def stats(self, service: str) -> Json:
        """The counters of an emulator."""
        async with self.session.get(f"{self.urls[service]}/_emulator/stats") as response:
            counters: Json = await response.json()
            return counters

    async def fault(self, service: str, **fault: Any) -> None:
        """Make an emulator fail from now on."""
        url = f"{self.urls[service]}/_emulator/faults"
        async with self.session.post(url, json=fault) as response:
            assert response.status == 201, await response.text()

    async def no_faults(self, service: str) -> None:
        """Let an emulator work again."""
        async with self.session.delete(f"{self.urls[service]}/_emulator/faults") as response:
            assert response.status == 204


async def eventually(happened: Callable[[], Awaitable[bool]]) -> None:
    """Wait until *happened* gives something true."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    while time.monotonic() < deadline:
        if await happened():
            return
        await asyncio.sleep(0.05)
    raise AssertionError(f"it did not happen within {PATIENCE_SECONDS} s")


async def has_status(shop: Shop, order_id: str, *statuses: str) -> bool:
    """Whether the order is in one of them by now."""
    return (await shop.ask("GET", f"/api/orders/{order_id}")).body["status"] in statuses
