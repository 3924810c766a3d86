"""Doing many small things at once, but not all of them."""

import asyncio
from collections.abc import Awaitable, Callable, Iterable
from typing import TypeVar

Item = TypeVar("Item")


async def for_each(
    items: Iterable[Item], work: Callable[[Item], Awaitable[None]], *, at_most: int
) -> None:
    """Do *work* for every item, *at_most* of them at a time.

    After the first failure no further item is begun; what is under way is finished, never
    cancelled, since a cancelled write may or may not have happened. Then the failure is raised.
    """
    waiting = iter(items)
    failures: list[Exception] = []

    async def work_off() -> None:
        # One iterator shared by all workers: each item is taken once.
        for item in waiting:
            try:
                await work(item)
            except Exception as failure:
                failures.append(failure)
            if failures:
                return

    await asyncio.gather(*(work_off() for _ in range(at_most)))
    if failures:
        raise failures[0]
