"""Measure on the local stack what orders use: one at a time, counted where Azure would bill."""

import asyncio
import re
import tempfile
from collections import Counter
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import aiohttp

from costs.counters import Counters, read_counters, total
from costs.customer import Customer
from costs.documents import stored_bytes
from costs.host_log import VERBOSE, Executions, executions_in
from costs.usage import IdleUsage, Measured, OrderUsage
from devstack.ports import Ports
from devstack.stack import Stack

LINES = (1, 5, 20, 50, 250)
ORDERS = 3
IDLE_SECONDS = 120
FEED_READS = "orders.ChangeFeed"
# A price that is not in the cache costs one read for its SKU; most are, in a shop that is busy.
PRICES_STAY = {"CATALOGUE_CACHE_SECONDS": "3600"}
# An order is through when nothing has moved for so long: the feed's functions rest for a second.
QUIET_SECONDS = 3.0
PATIENCE_SECONDS = 120.0

Say = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Bench:
    """A stack, and the means to look at it."""

    stack: Stack
    session: aiohttp.ClientSession
    customer: Customer
    logs: Path

    async def counters(self) -> Counters:
        """Now."""
        return await read_counters(self.session, self.stack.urls)

    def log(self, service: str) -> str:
        """Everything that a service has said."""
        return (self.logs / f"{service}.log").read_text(encoding="utf-8")

    async def until_quiet(self) -> None:
        """Return once nothing has moved for a while."""
        async with asyncio.timeout(PATIENCE_SECONDS):
            before: tuple[Any, ...] = ()
            while (now := (await self.counters()).moves()) != before:
                before = now
                await asyncio.sleep(QUIET_SECONDS)

    async def during(self, work: Awaitable[Any]) -> tuple[Counters, Executions]:
        """What *work* uses, and all that it sets going."""
        before, said = await self.counters(), len(self.log("functions"))
        await work
        await self.until_quiet()
        used = (await self.counters()).since(before)
        return used, executions_in(self.log("functions")[said:])


async def measure(
    say: Say, lines: Sequence[int] = LINES, orders: int = ORDERS, idle_seconds: int = IDLE_SECONDS
) -> Measured:
    """Run orders of each of *lines* one after the other, and then none for a while."""
    with tempfile.TemporaryDirectory() as folder:
        state = Path(folder)
        stack = Stack(state, Ports.free(), environment=VERBOSE | PRICES_STAY)
        say("Starting the stack ...")
        async with stack, aiohttp.ClientSession() as session:
            bench = Bench(stack, session, Customer(session, stack.urls), state / "logs")
            await bench.customer.stock_shelves(max(lines))
            await _life(bench, max(lines))  # warm: prices cached, connections open
            await bench.until_quiet()
            say(f"Doing nothing for {idle_seconds} s ...")
            idle = await idle_usage(bench, idle_seconds)
            measured = []
            for count in lines:
                say(f"{orders} orders of {count} lines ...")
                measured.append(await order_usage(bench, count, orders, idle))
    return Measured(datetime.now(UTC).date().isoformat(), tuple(measured), idle)


async def order_usage(bench: Bench, lines: int, orders: int, idle: IdleUsage) -> OrderUsage:
    """The mean of some orders of equal size."""
    used = [await _one_order(bench, lines, idle) for _ in range(orders)]
    return OrderUsage(**_mean([_values(usage) for usage in used]))


async def _one_order(bench: Bench, lines: int, idle: IdleUsage) -> OrderUsage:
    ids: list[str] = []

    async def live() -> None:
        ids.append(await _life(bench, lines))

    used, ran = await bench.during(live())
    look, _ = await bench.during(_looked_at(bench, ids[0]))
    # A timer that happened to run is in the idle hour, and so is what it asks for: nothing else
    # queries orders.
    for timer in idle.timers:
        del ran.counts[timer], ran.milliseconds[timer]
    queries, query_units = _queries(used.requests), _queries(used.units)
    polls, poll_units = used.requests[FEED_READS], used.units[FEED_READS]
    return OrderUsage(
        lines=lines,
        cosmos_requests=total(used.requests, "orders", "stock") - polls - queries,
        request_units=total(used.units, "orders", "stock") - poll_units - query_units,
        # Polling and the renewal of leases go on at the same time, and are in the idle hour.
        projection_requests=total(used.requests, "customer-orders") + _progress(used.requests),
        projection_units=total(used.units, "customer-orders")
        + _progress(used.units)
        + (poll_units - polls * idle.feed_units / idle.feed_requests),
        read_units=look.units["orders.Read"],
        stored_bytes=await stored_bytes(bench.stack.settings, ids[0]),
        orchestrations=used.durable["orchestrationsStarted"],
        episodes=used.durable["episodes"],
        activities=used.durable["activitiesCompleted"] + used.durable["activitiesFailed"],
        timers=used.durable["timersFired"],
        raised=used.durable["eventsRaised"],
        history_bytes=await _history_bytes(bench, ids[0]),
        published=used.published,
        received=used.delivered,
        log_lines=ran.lines,
        executions=ran.counts,
        milliseconds=ran.milliseconds,
    )


async def _life(bench: Bench, lines: int) -> str:
    """An order from submission to Delivered."""
    order_id = await bench.customer.order(lines)
    await bench.until_quiet()
    await bench.customer.hear(
        "Shipping.ShipmentDispatched", order_id, carrier="Post", trackingNumber="AB123"
    )
    await bench.until_quiet()
    await bench.customer.hear("Shipping.ShipmentDelivered", order_id)
    return order_id


async def _looked_at(bench: Bench, order_id: str) -> None:
    status = await bench.customer.look_at(order_id)
    if status != "Delivered":
        raise RuntimeError(f"the order is {status}; only what goes well is measured")


async def _history_bytes(bench: Bench, order_id: str) -> int:
    of_shipping = await bench.customer.history_bytes(f"ship-{order_id}")
    return await bench.customer.history_bytes(order_id) + of_shipping


def _progress(counts: Mapping[str, float]) -> float:
    """The relay's notes of how far it is."""
    return counts.get("leases.Upsert", 0) + counts.get("leases.Create", 0)


def _queries(counts: Mapping[str, float]) -> float:
    return sum(count for name, count in counts.items() if name.startswith("orders.Query"))


def _values(usage: OrderUsage) -> dict[str, Any]:
    return {name: getattr(usage, name) for name in OrderUsage.__slots__}


def _mean(entries: list[dict[str, Any]]) -> dict[str, Any]:
    """Of numbers, and of mappings of numbers."""
    means: dict[str, Any] = {}
    for name, first in entries[0].items():
        values = [entry[name] for entry in entries]
        if isinstance(first, Mapping):
            sums = sum((Counter(value) for value in values), Counter())
            means[name] = {key: _rounded(sums[key] / len(values)) for key in sorted(sums)}
        else:
            means[name] = _rounded(sum(values) / len(values))
    return means


def _rounded(value: float) -> float:
    rounded = round(value, 2)
    return int(rounded) if rounded == int(rounded) else rounded


async def idle_usage(bench: Bench, seconds: int) -> IdleUsage:
    """What goes on by itself, for an hour of it."""
    said, stored = len(bench.log("functions")), len(bench.log("azurite"))
    before = await bench.counters()
    await asyncio.sleep(seconds)
    used = (await bench.counters()).since(before)
    ran = executions_in(bench.log("functions")[said:])
    blobs = bench.log("azurite")[stored:]
    hourly = 3600 / seconds
    feed, lease = FEED_READS, "leases.Replace"
    return IdleUsage(
        feed_requests=_rounded(hourly * used.requests[feed]),
        feed_units=_rounded(hourly * used.units[feed]),
        lease_requests=_rounded(hourly * used.requests[lease]),
        lease_units=_rounded(hourly * used.units[lease]),
        timer_units=_rounded(hourly * _queries(used.units)),
        timers={name: _rounded(hourly * count) for name, count in sorted(ran.counts.items())},
        milliseconds={
            name: _rounded(hourly * each) for name, each in sorted(ran.milliseconds.items())
        },
        blob_lists=_rounded(hourly * len(re.findall(r'"GET \S*comp=list', blobs))),
        blob_writes=_rounded(hourly * len(re.findall(r'"(?:PUT|POST|DELETE) ', blobs))),
        blob_reads=_rounded(hourly * len(re.findall(r'"(?:GET|HEAD) (?!\S*comp=list)', blobs))),
    )
