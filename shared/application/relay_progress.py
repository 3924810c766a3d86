"""How far the relay is behind: told by each worker, at next to no cost, and read by operators."""

from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

import structlog

from shared.application.ports import Clock, RelayProgress, WorkerProgress
from shared.domain.errors import Unavailable

_log = structlog.get_logger(__name__)

_LAGGING_SECONDS = 5
_WHILE_IN_TROUBLE = timedelta(seconds=1)
_WHILE_WELL = timedelta(minutes=1)

# The retry policy of the trigger waits a minute at most, and an attempt takes some seconds. A
# worker that has been silent for longer than that has lost its page to another one.
_GONE_AFTER = timedelta(minutes=3)

# A worker with more to do has its next page at once, and reports every second. One that has been
# silent for so long since its last page went out has found nothing more in the feed.
_CAUGHT_UP_AFTER = timedelta(seconds=10)


def lag_seconds(worker: WorkerProgress, now: datetime) -> float:
    """How far *worker* is behind at *now*; while it fails, that grows with the clock."""
    silent = now - worker.reported_at
    if worker.oldest_unpublished is not None:
        behind = (now - worker.oldest_unpublished).total_seconds()
        return max(0.0, behind) if silent <= _GONE_AFTER else 0.0
    return worker.lag_seconds if silent <= _CAUGHT_UP_AFTER else 0.0


@dataclass(frozen=True, slots=True)
class _Stuck:
    """A page that failed, and may be tried again."""

    oldest: datetime
    since: datetime
    last_attempt: datetime
    error: str


class ReportProgress:
    """What one worker process tells of its pages.

    A worker may have several parts of the feed, and so several pages under way; the report is about
    the one that is furthest behind. Written only when that matters: about once a second at most
    while the relay fails or lags, once when it has caught up, else once a minute at most, and never
    without a page.
    """

    def __init__(self, progress: RelayProgress, clock: Clock, worker: str) -> None:
        self._progress = progress
        self._clock = clock
        self._stuck: dict[str, _Stuck] = {}
        self._last = WorkerProgress(worker, datetime.min.replace(tzinfo=UTC), 0.0)
        self._published = 0

    async def failed(self, page: str, oldest: datetime, error: str) -> None:
        """*page*, whose oldest change is of *oldest*, could not be relayed."""
        now = self._clock()
        before = self._stuck.get(page)
        self._stuck[page] = _Stuck(oldest, before.since if before else now, now, error)
        await self._report(self._state(now, (now - oldest).total_seconds()))

    async def relayed(self, page: str, oldest: datetime, events: int) -> float:
        """*page* is done, with so many events; how far it was behind, in seconds."""
        now = self._clock()
        lag = max(0.0, (now - oldest).total_seconds())
        self._stuck.pop(page, None)
        self._published += events
        await self._report(self._state(now, lag))
        return lag

    def _state(self, now: datetime, lag: float) -> WorkerProgress:
        self._stuck = {
            page: stuck
            for page, stuck in self._stuck.items()
            if now - stuck.last_attempt <= _GONE_AFTER
        }
        state = WorkerProgress(self._last.worker, now, round(lag, 3), published=self._published)
        if not self._stuck:
            return state
        worst = min(self._stuck.values(), key=lambda stuck: stuck.oldest)
        return replace(
            state,
            lag_seconds=round((now - worst.oldest).total_seconds(), 3),
            oldest_unpublished=worst.oldest,
            failing_since=min(stuck.since for stuck in self._stuck.values()),
            last_error=worst.error,
        )

    async def _report(self, state: WorkerProgress) -> None:
        since = state.reported_at - self._last.reported_at
        if _in_trouble(state):
            due = since >= _WHILE_IN_TROUBLE
        else:
            due = _in_trouble(self._last) or since >= _WHILE_WELL
        if not due:
            return
        try:
            await self._progress.report(state)
        except Unavailable:
            # Only what operators see is older for it. The next page reports again.
            _log.warning("relay_progress_not_stored")
            return
        self._last = state


def _in_trouble(state: WorkerProgress) -> bool:
    return state.oldest_unpublished is not None or state.lag_seconds >= _LAGGING_SECONDS
