"""A circuit breaker: a service that keeps failing is left alone for a while, then tried carefully.

The states are purgatory's. Ours is what it leaves open: half-open lets one call through at a time,
since a service that is just coming back does not need everybody at once.
"""

import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from math import ceil

from purgatory import AsyncCircuitBreakerFactory, ContextChanged

from shared.application.ports import CircuitState
from shared.domain.errors import CircuitOpen, Unavailable

# A probe is under way; how it ends is known when the service has answered or timed out.
_PROBE_SECONDS = 2


class Circuit:
    """The ``CircuitBreaker`` of one service, in this worker process."""

    def __init__(self, name: str, failures: int, recovery_seconds: float) -> None:
        """It opens after so many *failures* in a row, for *recovery_seconds*."""
        self.name = name
        self._recovery_seconds = recovery_seconds
        self._breakers = AsyncCircuitBreakerFactory(
            failures,
            recovery_seconds,
            # Every other end of a call, a refusal for one, shows a service that works.
            exclude=[(BaseException, lambda error: not isinstance(error, Unavailable))],
        )
        self._breakers.add_listener(self._hear)
        self._opened_at: float | None = None
        self._is_probing = False

    @property
    def state(self) -> CircuitState:
        """As the next call would meet it."""
        if self._opened_at is None:
            return CircuitState.CLOSED
        return CircuitState.OPEN if self._seconds_left() > 0 else CircuitState.HALF_OPEN

    @asynccontextmanager
    async def call(self) -> AsyncIterator[None]:
        """Make a call within this, if calls are let through.

        Raises:
            CircuitOpen: they are not; the service was not asked.
        """
        state = self.state
        if state is CircuitState.OPEN:
            raise CircuitOpen(self.name, ceil(self._seconds_left()))
        if state is CircuitState.CLOSED:
            async with await self._breakers.get_breaker(self.name):
                yield
            return
        if self._is_probing:
            raise CircuitOpen(self.name, _PROBE_SECONDS)
        self._is_probing = True
        try:
            async with await self._breakers.get_breaker(self.name):
                yield
        finally:
            self._is_probing = False

    def _hear(self, _: str, __: str, event: object) -> None:
        if isinstance(event, ContextChanged):
            self._opened_at = event.opened_at

    def _seconds_left(self) -> float:
        return (self._opened_at or 0) + self._recovery_seconds - time.time()
