"""Where the relay leaves word of how it fares: the fake, and Cosmos DB."""

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

import pytest

from shared.adapters.cosmos_relay_progress import CosmosRelayProgress
from shared.application.ports import WorkerProgress
from tests.fakes import InMemoryRelayProgress

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)


@pytest.fixture(params=["fake", "cosmos"])
def progress(request) -> Any:
    """Each implementation of the port in turn."""
    if request.param == "fake":
        return InMemoryRelayProgress()
    return CosmosRelayProgress(request.getfixturevalue("database").get_container_client("leases"))


@pytest.fixture
def failing() -> WorkerProgress:
    """A worker in trouble that no other test knows."""
    return WorkerProgress(
        worker=uuid4().hex,
        reported_at=NOON,
        lag_seconds=12.5,
        published=7,
        oldest_unpublished=NOON.replace(hour=11),
        failing_since=NOON.replace(minute=1),
        last_error="service-unavailable",
    )


async def of(progress: Any, *mine: WorkerProgress) -> list[WorkerProgress]:
    """What is told of these workers; other tests have theirs."""
    names = {one.worker for one in mine}
    return [worker for worker in await progress.workers() if worker.worker in names]


async def test_gives_back_exactly_what_was_reported(progress, failing):
    """Times and absent values must not change their shape on the way."""
    well = WorkerProgress(worker=uuid4().hex, reported_at=NOON, lag_seconds=0.5)
    await progress.report(failing)
    await progress.report(well)

    told = await of(progress, failing, well)

    assert told == sorted([failing, well], key=lambda one: one.worker)


async def test_a_worker_is_told_of_once(progress, failing):
    """What it said last."""
    await progress.report(failing)
    later = replace(failing, lag_seconds=20.0)

    await progress.report(later)

    assert await of(progress, failing) == [later]


async def test_reports_stay_apart_from_leases(database, failing):
    """The change feed trigger keeps its leases in the same container."""
    leases = database.get_container_client("leases")
    await leases.upsert_item({"id": "relay-db_orders_rid..0", "Owner": "a-host"})
    progress = CosmosRelayProgress(leases)
    await progress.report(failing)

    workers = await progress.workers()

    assert failing in workers
    stored = await leases.read_item(
        f"outbox-relay-{failing.worker}", f"outbox-relay-{failing.worker}"
    )
    assert stored["ttl"] == 600
