"""What operators are told of the relay, and how seldom it is written."""

from datetime import UTC, datetime, timedelta

import pytest

from shared.application.ports import WorkerProgress
from shared.application.relay_progress import ReportProgress, lag_seconds
from shared.domain.errors import Unavailable
from tests.fakes import InMemoryRelayProgress

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)


class Watch:
    """A clock that a test sets."""

    def __init__(self) -> None:
        self.now = NOON

    def __call__(self) -> datetime:
        return self.now

    def wait(self, seconds: float) -> None:
        self.now += timedelta(seconds=seconds)


class FailingProgress(InMemoryRelayProgress):
    """A place for reports that is out of reach."""

    async def report(self, progress: WorkerProgress) -> None:
        raise Unavailable("cosmos-db")


@pytest.fixture
def watch() -> Watch:
    """It is noon."""
    return Watch()


@pytest.fixture
def reports() -> InMemoryRelayProgress:
    """What was written."""
    return InMemoryRelayProgress()


@pytest.fixture
def progress(reports, watch) -> ReportProgress:
    """One worker's, which has just started."""
    return ReportProgress(reports, watch, "worker-1")


def ago(watch: Watch, seconds: float) -> datetime:
    """So many seconds before now."""
    return watch.now - timedelta(seconds=seconds)


async def test_writes_once_a_minute_while_all_is_well(progress, reports, watch):
    """A hundred orders a second must not cost a hundred writes a second."""
    for _ in range(120):
        assert await progress.relayed("a page", ago(watch, 1.5), 10) == 1.5
        watch.wait(1)

    assert len(reports.reports) == 2
    assert reports.reports[-1].lag_seconds == 1.5


async def test_writes_once_a_second_at_most_while_it_fails(progress, reports, watch):
    """Each attempt is told, but for those that follow on each other's heels."""
    oldest = ago(watch, 10)
    for wait in (1, 0.2, 0.2, 2, 4):
        await progress.failed("a page", oldest, "service-unavailable")
        watch.wait(wait)

    assert [report.lag_seconds for report in reports.reports] == [10, 11, 13.4]
    assert {report.failing_since for report in reports.reports} == {NOON}


async def test_tells_at_once_when_it_has_caught_up(progress, reports, watch):
    """An alert that was raised ends."""
    await progress.failed("a page", ago(watch, 10), "service-unavailable")
    watch.wait(0.1)

    await progress.relayed("a page", ago(watch, 1), 5)
    await progress.relayed("the next", ago(watch, 1), 5)

    assert len(reports.reports) == 2
    assert reports.reports[-1].failing_since is None
    assert reports.reports[-1].last_error is None


async def test_a_lag_is_told_while_it_lasts(progress, reports, watch):
    """A backlog is being worked off: every second somebody can see how it shrinks."""
    for lag in (60, 40, 20, 6, 2, 2):
        await progress.relayed("a page", ago(watch, lag), 100)
        watch.wait(1)

    assert [report.lag_seconds for report in reports.reports] == [60, 40, 20, 6, 2]


async def test_one_of_two_pages_that_fails_is_what_is_told(progress, reports, watch):
    """A worker has several parts of the feed; the other one going well must not hide it."""
    await progress.failed("stuck", ago(watch, 30), "service-unavailable")
    watch.wait(1)

    await progress.relayed("well", ago(watch, 1), 5)

    assert reports.reports[-1].oldest_unpublished == NOON - timedelta(seconds=30)
    assert reports.reports[-1].lag_seconds == 31
    assert reports.reports[-1].published == 5


async def test_a_page_that_went_to_another_worker_is_forgotten(progress, reports, watch):
    """It is relayed there, and would be shown as stuck here for ever."""
    await progress.failed("stuck", ago(watch, 30), "service-unavailable")
    watch.wait(200)

    await progress.relayed("well", ago(watch, 1), 5)

    assert reports.reports[-1].oldest_unpublished is None


async def test_a_report_that_cannot_be_stored_stops_nothing(watch):
    """The page itself is done."""
    progress = ReportProgress(FailingProgress(), watch, "worker-1")

    assert await progress.relayed("a page", ago(watch, 1), 5) == 1


def told(**changes: object) -> WorkerProgress:
    """A report of noon."""
    values: dict[str, object] = {"worker": "worker-1", "reported_at": NOON, "lag_seconds": 40.0}
    return WorkerProgress(**(values | changes))  # type: ignore[arg-type]


def test_the_lag_of_a_failing_worker_grows_with_the_clock():
    """Between two attempts there is up to a minute."""
    worker = told(oldest_unpublished=NOON - timedelta(seconds=40), failing_since=NOON)

    assert lag_seconds(worker, NOON) == 40
    assert lag_seconds(worker, NOON + timedelta(seconds=50)) == 90


def test_a_worker_that_is_gone_does_not_lag():
    """Its page is another worker's by now, who tells of it."""
    worker = told(oldest_unpublished=NOON - timedelta(seconds=40), failing_since=NOON)

    assert lag_seconds(worker, NOON + timedelta(minutes=4)) == 0


def test_a_worker_that_has_nothing_left_to_relay_does_not_lag():
    """Its last page was late, and nothing came after it."""
    assert lag_seconds(told(), NOON + timedelta(seconds=2)) == 40
    assert lag_seconds(told(), NOON + timedelta(seconds=11)) == 0
