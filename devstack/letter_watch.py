"""Keeps an eye on the dead letters that come up while a run is under way."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Sequence
from typing import Any

from devstack.dead_letters import DeadLetter, DeadLetterBox
from devstack.storefront import NoProgressError, Storefront

LOOK_EVERY_SECONDS = 1.0
DEAD = {"state": "dead"}


class LetterWatch:
    """The dead letters that are new since :meth:`forget`."""

    def __init__(self, storefront: Storefront) -> None:
        self._box = DeadLetterBox(storefront)
        self._old: set[str] = set()
        self._new: list[DeadLetter] = []
        self._reasons: dict[str, str] = {}

    @property
    def new(self) -> Sequence[DeadLetter]:
        """Those that had come up when last looked."""
        return self._new

    def reason(self, event_id: str) -> str:
        """Why that event is a dead letter; empty if it is none."""
        return self._reasons.get(event_id, "")

    async def forget(self) -> None:
        """Leave out those that are there already.

        Raises:
            ApiError: the app does not tell them.
        """
        self._old = {letter.id async for letter in self._box.matching(DEAD)}

    async def look(self) -> None:
        """See which there are now."""
        letters = [letter async for letter in self._box.matching(DEAD)]
        self._new = [letter for letter in letters if letter.id not in self._old]
        self._reasons = {letter.event_id: letter.reason for letter in self._new}

    @contextlib.asynccontextmanager
    async def watched(self) -> AsyncIterator[None]:
        """Look again and again, as long as the context is open."""
        watching = asyncio.create_task(self._keep_looking())
        try:
            yield
        finally:
            await cancelled([watching])

    async def _keep_looking(self) -> None:
        with contextlib.suppress(NoProgressError):
            while True:
                await asyncio.sleep(LOOK_EVERY_SECONDS)
                await self.look()


async def cancelled(tasks: Sequence[asyncio.Task[Any]]) -> None:
    """Cancel *tasks*, and return once they have ended."""
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
