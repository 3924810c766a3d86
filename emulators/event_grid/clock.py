"""The service's time: real time, with waits that can be shortened and time that can be skipped."""

import time
from collections.abc import Callable


class Clock:
    """Seconds since 1970; *speed* divides every wait, and *skipped* is how far it runs ahead."""

    def __init__(
        self, speed: float = 1.0, source: Callable[[], float] = time.time, skipped: float = 0.0
    ) -> None:
        self.speed = speed
        self.skipped = skipped
        self._source = source

    def now(self) -> float:
        return self._source() + self.skipped

    def wait(self, seconds: float) -> float:
        """How long a wait of so many seconds in Azure takes here."""
        return seconds / self.speed

    def advance(self, seconds: float) -> None:
        """Skip what *seconds* in Azure would be."""
        self.skipped += self.wait(seconds)
