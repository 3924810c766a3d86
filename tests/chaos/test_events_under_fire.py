"""Thousands of orders by event, with duplicates, shuffled, with poison, under kill -9."""

import asyncio
import itertools
import random
from collections import Counter
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

import aiohttp
import pytest

from devstack.customers import CUSTOMERS, Purchase
from devstack.deliveries import Deliveries
from devstack.event_customers import EventCustomers
from devstack.letter_watch import cancelled
from devstack.mail import order_id
from devstack.ports import Ports
from devstack.stack import Stack
from devstack.storefront import Level, Patience, Storefront, levels
from devstack.topic import Topic
from devstack.usage import is_projection
from devstack.via import inbound_topic
from tests.chaos.announcements import assert_all_announced_in_order
from tests.chaos.campaign import Campaign, campaign
from tests.topic import RecordingTopic

# Event Grid waits for minutes before it tries a delivery again that has failed three times.
PATIENCE_SECONDS = 400


class Fire:
    """Kills one service at moments that a seed decides, measured by the work done until then."""

    def __init__(
        self, stack: Stack, session: aiohttp.ClientSession, service: str, moments: list[int]
    ) -> None:
        self._stack = stack
        self._session = session
        self._service = service
        self._moments = moments
        self.kills = 0
        """How many there were while the customers were still waiting."""
        self.found_waiting = 0
        """How many events Event Grid still had to deliver when a service was killed."""

    @asynccontextmanager
    async def at_work(self) -> AsyncIterator[None]:
        """Kill as long as the context is open."""
        killing = asyncio.create_task(self._kill_again_and_again(await self._work()))
        try:
            yield
        finally:
            await cancelled([killing])

    async def _kill_again_and_again(self, before: int) -> None:
        for moment in self._moments:
            await self._work_done(before + moment)
            self.found_waiting += (await self._stats("event_grid"))["queued"]
            await self._stack.kill(self._service)
            await self._stack.start(self._service)
            self.kills += 1

    async def _work_done(self, requests: int) -> None:
        """Return once the database has answered so many requests for orders."""
        while True:
            if await self._work() >= requests:
                return
            await asyncio.sleep(0.2)

    async def _work(self) -> int:
        operations = (await self._stats("cosmos"))["operations"]
        return sum(
            one["count"] for one in operations if one["container"] and not is_projection(one)
        )

    async def _stats(self, service: str) -> Any:
        async with self._session.get(f"{self._stack.urls[service]}/_emulator/stats") as response:
            return await response.json()


def moments(work: int, kills: int, until: float) -> list[int]:
    """When to kill: one moment in each of as many equal parts of the work, up to a share of it."""
    chance = random.Random(work)
    part = work * until / kills
    return [int(part * (n + chance.uniform(0.2, 1.0))) for n in range(kills)]


class Crowd:
    """The customers of a campaign in front of one stack."""

    def __init__(self, stack: Stack, session: aiohttp.ClientSession) -> None:
        self._stack = stack
        self._session = session
        self._patience = Patience(PATIENCE_SECONDS)
        self.storefront = Storefront(session, stack.base_url, self._patience)

    async def buy(self, plan: Campaign, fire: Fire) -> tuple[list[Purchase], Deliveries]:
        """Publish the campaign under fire, and follow every order to its end."""
        await self.storefront.import_products(plan.products.values())
        async with Topic(inbound_topic(self._stack.urls), self._patience) as topic:
            customers = EventCustomers(self.storefront, plan.products, self._patience, topic)
            async with fire.at_work():
                purchases = await customers.buy(plan.invoices, lambda _: None)
            return purchases, await customers.deliveries(purchases)

    async def charges(self) -> dict[str, list[int]]:
        """What the payment provider has kept of each order, payment by payment."""
        async with self._session.get(f"{self._stack.urls['payments']}/_emulator/ledger") as answer:
            payments = (await answer.json())["payments"]
        kept: dict[str, list[int]] = {}
        for payment in payments:
            amount = payment["amountCaptured"] - payment["amountRefunded"]
            if amount or payment["amountCapturable"]:
                kept.setdefault(payment["metadata"]["orderId"], []).append(amount)
        return kept


def seen(purchase: Purchase) -> str:
    """What became of an order, as its customer sees it."""
    return f"{purchase.status}: {purchase.reason}" if purchase.reason else purchase.status


def shaky() -> Callable[[Any], int]:
    """A topic that hangs up on every tenth request."""
    requests = itertools.count(1)
    return lambda _: 0 if next(requests) % 10 == 0 else 200


async def assert_as_planned(
    plan: Campaign, crowd: Crowd, purchases: list[Purchase], deliveries: Deliveries
) -> None:
    """Orders, stock, money and dead letters are what a run without any trouble ends with."""
    outcomes = {order_id(purchase.invoice): seen(purchase) for purchase in purchases}
    assert Counter(outcomes.values()) == Counter(plan.outcomes.values())
    assert outcomes == plan.outcomes
    reserved = plan.reserved
    assert await levels(crowd.storefront, plan.products, CUSTOMERS) == {
        sku: Level(product.on_hand, reserved[sku]) for sku, product in plan.products.items()
    }
    assert await crowd.charges() == {name: [amount] for name, amount in plan.charges.items()}
    assert not deliveries.faults
    assert len(deliveries.letters) == len(deliveries.mail.poison)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("orders", "service", "kills", "until"),
    [
        pytest.param(300, "functions", 1, 0.6, marks=pytest.mark.timeout(400)),
        pytest.param(1_000, "event_grid", 3, 0.3, marks=pytest.mark.timeout(600)),
        pytest.param(5_000, "functions", 3, 0.9, marks=pytest.mark.timeout(1_800)),
    ],
    ids=lambda value: str(value),
)
async def test_orders_by_event_end_as_in_a_run_without_trouble(
    tmp_path, session, orders, service, kills, until
):
    """The same orders, reservations and charges; the dead letters are exactly the poison; and each
    change of each order was published at least once, in order.
    """
    plan = campaign(orders)
    async with RecordingTopic(shaky()) as topic:
        environment = {"EVENT_GRID_TOPIC_ENDPOINT": topic.url}
        async with Stack(tmp_path, Ports.free(), environment=environment) as stack:
            crowd = Crowd(stack, session)
            fire = Fire(stack, session, service, moments(plan.work, kills, until))

            purchases, deliveries = await crowd.buy(plan, fire)

            assert fire.kills == kills
            assert service == "functions" or fire.found_waiting
            await assert_as_planned(plan, crowd, purchases, deliveries)
            await assert_all_announced_in_order(topic, session, stack.base_url, plan.outcomes)
