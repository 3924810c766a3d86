"""Bounded concurrency that never abandons a write half-way."""

import asyncio

import pytest

from shared.application.bounded import for_each


async def test_does_every_item_once_and_never_more_than_the_bound_at_once():
    """The bound protects the database; every line needs its reservation."""
    running = most = 0
    done = []

    async def work(item: int) -> None:
        nonlocal running, most
        running += 1
        most = max(most, running)
        await asyncio.sleep(0)
        running -= 1
        done.append(item)

    await for_each(range(50), work, at_most=4)

    assert sorted(done) == list(range(50))
    assert most == 4


async def test_after_a_failure_nothing_is_begun_and_what_runs_is_finished():
    """A cancelled write would leave it unknown whether stock is held."""
    begun, finished = [], []
    failed = asyncio.Event()

    async def work(item: int) -> None:
        begun.append(item)
        if item == 1:
            failed.set()
            raise LookupError
        await failed.wait()
        finished.append(item)

    with pytest.raises(LookupError):
        await for_each(range(10), work, at_most=3)

    assert begun == [0, 1, 2]
    assert sorted(finished) == [0, 2]
