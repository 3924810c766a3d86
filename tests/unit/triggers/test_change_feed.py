"""The change feed functions let pages fill, which is what keeps them cheap."""

import time
from typing import Any

import pytest

from triggers.change_feed import FULL_PAGE, OrderFeed

PAUSE = 0.05


async def nothing(*_: Any) -> None:
    """A use case that has nothing to do."""


@pytest.fixture
def feed() -> OrderFeed:
    """Both functions."""
    return OrderFeed(nothing, nothing, PAUSE)  # type: ignore[arg-type]


async def seconds_for(feed: OrderFeed, documents: int) -> float:
    """How long the relay holds a page of so many documents."""
    began = time.perf_counter()
    await feed.relay_orders([{"id": "other"}] * documents)  # type: ignore[arg-type]
    return time.perf_counter() - began


async def test_a_small_page_is_followed_by_a_pause(feed):
    """What happens meanwhile is one page, and one write of the lease."""
    assert await seconds_for(feed, 3) >= PAUSE


async def test_a_full_page_is_not():
    """There is more: a backlog is worked off at full speed."""
    slow = OrderFeed(nothing, nothing, pause_seconds=3600)  # type: ignore[arg-type]

    await slow.relay_orders([{"id": "other"}] * FULL_PAGE)  # type: ignore[arg-type]
