"""Orders that wait for approval, for tests over HTTP: how they come about, and who decides."""

import asyncio
import json
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime
from pathlib import Path
from typing import Any
from uuid import uuid4

from azure.appconfiguration.aio import AzureAppConfigurationClient

from devstack.provision import value_setting
from tests.shop import PATIENCE_SECONDS, eventually, has_status

SHIPPED = {one["key"]: one for one in json.loads(Path("infra/configuration.json").read_text())}
SAMPLE = json.loads(Path("local.settings.sample.json").read_text())["Values"]
SECONDS = 1 / 3600

# No other test trades in it, so no other order is held up.
CURRENCY = "CHF"


class Policy:
    """The thresholds as an operator sets them, for this currency alone."""

    def __init__(self, client: AzureAppConfigurationClient) -> None:
        self._client = client

    async def set(self, threshold: str | None, deadline_hours: float = 72) -> None:
        """Review orders from *threshold* on; None: no order of this currency."""
        shipped = SHIPPED["orders:approval"]
        thresholds = dict(shipped["value"]["thresholds"])
        if threshold:
            thresholds[CURRENCY] = threshold
        value = {"thresholds": thresholds, "deadlineHours": deadline_hours}
        await self._client.set_configuration_setting(value_setting(shipped | {"value": value}))

    async def add_rules(self, *rules: Any) -> None:
        """Rules beside those that are shipped; the score that leads to a review stays 100."""
        shipped = SHIPPED["orders:risk"]
        value = shipped["value"] | {"rules": [*shipped["value"]["rules"], *rules]}
        await self._client.set_configuration_setting(value_setting(shipped | {"value": value}))


@asynccontextmanager
async def operator(urls: dict[str, str]) -> AsyncIterator[Policy]:
    """A hand on the policy of the app at *urls*; afterwards the policy is as it was shipped."""
    rest = SAMPLE["APP_CONFIGURATION_CONNECTION_STRING"].partition(";")[2]
    connection_string = f"Endpoint={urls['app_configuration']};{rest}"
    async with AzureAppConfigurationClient.from_connection_string(connection_string) as client:
        yield Policy(client)
        for entry in SHIPPED.values():
            await client.set_configuration_setting(value_setting(entry))


async def shelve(shop: Any, price: str = "2.50") -> None:
    """Mugs, at a price in this currency."""
    body = {
        "name": "Mug",
        "price": {"amount": price, "currency": CURRENCY},
        "onHand": 1_000,
    }
    assert (await shop.ask("PUT", f"/api/products/{shop.sku('MUG')}", json=body)).status == 201


async def order_of(shop: Any, order_id: str) -> Any:
    """The order as it is now."""
    return (await shop.ask("GET", f"/api/orders/{order_id}")).body


async def submit(shop: Any, mugs: int = 4, **changes: Any) -> str:
    """A new order; its id."""
    body = shop.order({"MUG": mugs}, currency=CURRENCY) | changes
    answer = await shop.submit(body, uuid4().hex)
    assert answer.status == 202, answer.body
    return str(answer.body["id"])


async def waiting(shop: Any, mugs: int = 4, deadline_hours: int = 72) -> str:
    """An order that waits for approval, as soon as the app knows the policy; its id."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    while time.monotonic() < deadline:
        order_id = await submit(shop, mugs)
        approval = (await taken_up(shop, order_id)).get("approval")
        if approval and _hours(approval) == deadline_hours:
            return order_id
        await asyncio.sleep(0.2)
    raise AssertionError("the policy never came to be known")


def _hours(approval: Any) -> int:
    """How long the order waits, in whole hours: the two times are of different clocks."""
    asked, due = (datetime.fromisoformat(approval[name]) for name in ("requestedAt", "deadline"))
    return round((due - asked).total_seconds() / 3600)


async def taken_up(shop: Any, order_id: str) -> Any:
    """The order once it waits for approval, or is settled without."""
    statuses = "AwaitingApproval", "Confirmed", "Rejected"
    await eventually(lambda: has_status(shop, order_id, *statuses))
    return await order_of(shop, order_id)


async def decide(shop: Any, order_id: str, decision: str, **more: Any) -> Any:
    """Approve, or not."""
    body = {"decision": decision} | more
    return await shop.ask("POST", f"/api/orders/{order_id}/approval", json=body)


async def events_of(shop: Any, order_id: str) -> list[str]:
    """The types of the timeline."""
    timeline = (await shop.ask("GET", f"/api/orders/{order_id}/events")).body["events"]
    return [event["type"] for event in timeline]


async def listed_ids(shop: Any) -> list[str]:
    """All that wait."""
    answer = await shop.ask("GET", "/api/ops/approvals?limit=100")
    assert answer.status == 200, answer.body
    return [one["id"] for one in answer.body["orders"]]
