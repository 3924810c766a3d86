"""What operators see of the relay."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from shared.application.ports import WorkerProgress
from tests.fakes import InMemoryRelayProgress
from tests.unit.triggers.requests import request
from triggers.http.relay import RelayApi

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)
MINUTE_AGO = NOON - timedelta(minutes=1)


@pytest.fixture
def progress() -> InMemoryRelayProgress:
    """No worker has said anything yet."""
    return InMemoryRelayProgress()


async def shown(progress: InMemoryRelayProgress) -> Any:
    """What ``GET /ops/relay`` answers at noon."""
    response = await RelayApi(progress, lambda: NOON).get_relay(request("GET", "/api/ops/relay"))
    assert response.status_code == 200
    return json.loads(response.get_body())


async def test_nothing_lags_where_nothing_was_relayed(progress):
    """A new deployment."""
    assert await shown(progress) == {"lagSeconds": 0.0, "workers": []}


async def test_the_lag_is_that_of_the_worst_worker(progress):
    """As of now, not as of its report."""
    await progress.report(WorkerProgress("a", NOON, 0.4, published=12))
    await progress.report(
        WorkerProgress("b", MINUTE_AGO, 30, 5, MINUTE_AGO, MINUTE_AGO, "service-unavailable")
    )

    body = await shown(progress)

    assert body["lagSeconds"] == 60
    assert body["workers"] == [
        {"worker": "a", "lagSeconds": 0.4, "published": 12, "reportedAt": NOON.isoformat()},
        {
            "worker": "b",
            "lagSeconds": 60.0,
            "published": 5,
            "reportedAt": MINUTE_AGO.isoformat(),
            "oldestUnpublished": MINUTE_AGO.isoformat(),
            "failingSince": MINUTE_AGO.isoformat(),
            "lastError": "service-unavailable",
        },
    ]
