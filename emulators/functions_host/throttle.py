"""The request limits of ``extensions.http`` in host.json."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

UNLIMITED = -1


class TooManyRequests(Exception):  # the name of its HTTP status
    """There is no room for another request, not even to wait."""


class Throttle:
    """Lets *concurrent* requests run and, with them, *outstanding* be in the host at all."""

    def __init__(self, outstanding: int, concurrent: int) -> None:
        self._limit = outstanding
        self._inside = 0
        self._slots = asyncio.Semaphore(concurrent) if concurrent != UNLIMITED else None

    @asynccontextmanager
    async def admit(self) -> AsyncIterator[None]:
        """Wait for a slot and hold it.

        Raises:
            TooManyRequests: too many are waiting or running already.
        """
        if self._limit != UNLIMITED and self._inside >= self._limit:
            raise TooManyRequests
        self._inside += 1
        try:
            if self._slots is None:
                yield
            else:
                async with self._slots:
                    yield
        finally:
            self._inside -= 1
