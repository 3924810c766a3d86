"""What the app has published of its orders, held against their timelines."""

import asyncio
import time
from collections.abc import Iterable, Mapping

import aiohttp

from devstack.customers import CUSTOMERS
from tests.topic import RecordingTopic

# A killed host leaves its part of the change feed to the next one only after a minute.
CAUGHT_UP_WITHIN_SECONDS = 240


async def assert_all_announced_in_order(
    topic: RecordingTopic, session: aiohttp.ClientSession, base_url: str, orders: Iterable[str]
) -> None:
    """Every entry of every timeline was published, and no later one before it."""
    due = await timelines(session, base_url, orders)
    deadline = time.monotonic() + CAUGHT_UP_WITHIN_SECONDS
    while missing := missing_from(first_published(topic), due):
        assert time.monotonic() < deadline, f"changes of {len(missing)} orders were not published"
        await asyncio.sleep(0.5)
    assert first_published(topic) == due


def missing_from(published: Mapping[str, list[int]], due: Mapping[str, list[int]]) -> set[str]:
    """The orders of which something was not published so far."""
    return {order for order, numbers in due.items() if set(numbers) - set(published.get(order, ()))}


def first_published(topic: RecordingTopic) -> dict[str, list[int]]:
    """The numbers of the changes of each order, in the order they first came in."""
    orders: dict[str, dict[int, None]] = {}
    for event in topic.taken:
        orders.setdefault(event["subject"], {}).setdefault(event["data"]["number"])
    return {order: list(numbers) for order, numbers in orders.items()}


async def timelines(
    session: aiohttp.ClientSession, base_url: str, orders: Iterable[str]
) -> dict[str, list[int]]:
    """The numbers of the changes of each order, as the app tells them."""
    found: dict[str, list[int]] = {}
    waiting = iter(list(orders))

    async def read_on() -> None:
        for order in waiting:
            async with session.get(f"{base_url}/api/orders/{order}/events") as response:
                events = (await response.json())["events"]
                found[order] = [event["number"] for event in events]

    await asyncio.gather(*(read_on() for _ in range(CUSTOMERS)))
    return found
