"""One customer who buys, looks and gets a parcel, and does nothing more than that."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

import aiohttp

from devstack.catalogue import GOOD_CARD
from devstack.storefront import Patience
from devstack.topic import Topic
from devstack.via import inbound_topic

Json = dict[str, Any]
PRICE = {"amount": "2.50", "currency": "GBP"}
PATIENCE_SECONDS = 60.0


class Customer:
    """Talks to the app at ``urls["functions"]``."""

    def __init__(self, session: aiohttp.ClientSession, urls: Mapping[str, str]) -> None:
        self._session = session
        self._urls = urls

    async def stock_shelves(self, lines: int) -> None:
        """Enough of every product, so that nothing is ever refused."""
        products = [
            {"sku": sku(n), "name": f"Product {n}", "price": PRICE, "onHand": 1_000_000}
            for n in range(lines)
        ]
        await self._ask("POST", "/api/products/import", 200, json={"products": products})

    async def order(self, lines: int) -> str:
        """Submit an order; its id."""
        headers = {"Idempotency-Key": uuid4().hex}
        body = submission(lines)
        answer = await self._ask("POST", "/api/orders", 202, json=body, headers=headers)
        return str(answer["id"])

    async def look_at(self, order_id: str) -> str:
        """One GET; the order's status."""
        return str((await self._ask("GET", f"/api/orders/{order_id}", 200))["status"])

    async def history_bytes(self, instance_id: str) -> int:
        """The history of an instance as the host shows it."""
        path = f"/runtime/webhooks/durabletask/instances/{instance_id}"
        query = "?showHistory=true&showHistoryOutput=true&showInput=true"
        async with self._session.get(self._urls["functions"] + path + query) as response:
            return len(await response.read())

    async def hear(self, event_type: str, order_id: str, **more: Any) -> None:
        """Let the carrier say something about the order."""
        event = {
            "specversion": "1.0",
            "id": uuid4().hex,
            "source": "urn:carrier",
            "type": event_type,
            "time": datetime.now(UTC).isoformat(),
            "datacontenttype": "application/json",
            "data": {"orderId": order_id, **more},
        }
        async with Topic(inbound_topic(self._urls), Patience(PATIENCE_SECONDS)) as topic:
            await topic.publish([event])

    async def _ask(self, method: str, path: str, status: int, **request: Any) -> Json:
        url = self._urls["functions"] + path
        async with self._session.request(method, url, **request) as response:
            answer: Json = await response.json(content_type=None)
            if response.status != status:
                raise RuntimeError(f"{method} {path} answered {response.status}: {answer}")
            return answer


def sku(number: int) -> str:
    """The same length for all, so that all lines are equally large."""
    return f"SKU-{number:05}"


def submission(lines: int) -> Json:
    """A usual order, of somebody who has not ordered before: the policy of approvals looks."""
    return {
        "customerId": f"customer-{uuid4().hex[:5]}",
        "currency": "GBP",
        "lines": [{"sku": sku(n), "quantity": 1} for n in range(lines)],
        "shippingAddress": {
            "name": "A. Person",
            "line1": "1 Some Street",
            "city": "London",
            "postalCode": "N1 1AA",
            "country": "GB",
        },
        "paymentMethod": GOOD_CARD,
    }
