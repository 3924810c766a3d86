"""How quickly a lot of events gets through."""

import time

import pytest

from tests.emulators.event_grid.conftest import event, running, subscription, topic

INTAKE = "orders/intake"


@pytest.mark.parametrize(
    ("per_request", "seconds"), [(100, 15), pytest.param(1, 60, marks=pytest.mark.slow)]
)
async def test_five_thousand_events_take_seconds(hook, tmp_path, per_request, seconds):
    """A load test of an app must not wait for its emulator."""
    batching = {"maxEventsPerBatch": per_request, "preferredBatchSizeInKilobytes": 1024}
    topics = [topic(subscription(hook, batching=batching))]
    async with running(topics, state=str(tmp_path)) as grid:
        started = time.monotonic()

        async with grid.client() as client:
            for batch in range(50):
                await client.send([event(f"{batch}-{number}") for number in range(100)])
        stats = await grid.settle(INTAKE, delivered=5000, queued=0)

        took = time.monotonic() - started
    assert took < seconds
    assert len(set(hook.ids)) == 5000
    assert stats["requests"] <= 2 * 5000 / per_request
