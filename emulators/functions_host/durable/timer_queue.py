"""Wakes durable timers when they are due; a heap, so that waiting costs nothing."""

import asyncio
import heapq
from collections.abc import Callable

from emulators.functions_host.durable.clock import utc_now
from emulators.functions_host.durable.events import read_time, wire_time
from emulators.functions_host.durable.records import TimerRecord

# A wall clock can jump, so a long wait is checked again from time to time.
_LONGEST_SLEEP_SECONDS = 60.0


class TimerQueue:
    """Calls *fire* with every added timer at its time, or at once if that has passed."""

    def __init__(self, fire: Callable[[TimerRecord], None]) -> None:
        self._fire = fire
        self._heap: list[tuple[str, str, int, TimerRecord]] = []
        self._handle: asyncio.TimerHandle | None = None

    def add(self, timer: TimerRecord) -> None:
        """Watch *timer*. Cancelling is the store's matter: firing a cancelled one does nothing."""
        entry = (timer.fire_at, timer.execution_id, timer.timer_id, timer)
        heapq.heappush(self._heap, entry)
        if self._heap[0] is entry:
            self._schedule()

    def stop(self) -> None:
        """Fire nothing more."""
        self._heap.clear()
        if self._handle is not None:
            self._handle.cancel()

    def _schedule(self) -> None:
        if self._handle is not None:
            self._handle.cancel()
        if self._heap:
            wait = (read_time(self._heap[0][0]) - utc_now()).total_seconds()
            delay = min(max(wait, 0.0), _LONGEST_SLEEP_SECONDS)
            self._handle = asyncio.get_running_loop().call_later(delay, self.fire_due)

    def fire_due(self) -> None:
        """Fire what is due, also when the clock was put forward."""
        # wire_time strings are all of one length, so they compare as the times they stand for.
        now = wire_time(utc_now())
        while self._heap and self._heap[0][0] <= now:
            self._fire(heapq.heappop(self._heap)[3])
        self._schedule()
