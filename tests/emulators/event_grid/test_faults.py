"""What a publisher and a consumer have to survive."""

from contextlib import suppress

import pytest
from azure.core.exceptions import HttpResponseError, ServiceRequestError

from tests.emulators.event_grid.conftest import event, subscription, topic

INTAKE = "orders/intake"
FAULTS = "/_emulator/faults"


async def test_the_sdk_repeats_a_request_that_met_an_outage(start, hook):
    """503 is one of the few statuses for which azure-core repeats a POST."""
    grid = await start(topic(subscription(hook)))
    await grid.fault(operation="publish", status=503, count=1)

    await grid.publish(event("42"))
    await hook.wait_for(1)

    assert hook.ids == ["42"]


async def test_the_sdk_does_not_repeat_a_throttled_request(start):
    """A 429 without Retry-After reaches the application."""
    grid = await start(topic())
    await grid.fault(operation="publish", topic="orders", status=429, count=1)

    with pytest.raises(HttpResponseError) as refused:
        await grid.publish(event())

    assert refused.value.status_code == 429


async def test_an_answer_lost_after_the_events_were_kept_makes_a_duplicate(start, hook):
    """The publisher has to send again, and the service does not look at ids."""
    grid = await start(topic(subscription(hook)))
    await grid.fault(operation="publish", drop="after", count=1)

    # azure-core repeats no POST whose connection broke.
    with pytest.raises(ServiceRequestError):
        await grid.publish(event("42"))
    await grid.publish(event("42"))
    await hook.wait_for(2)

    assert hook.ids == ["42", "42"]


async def test_a_connection_cut_before_keeps_nothing(start):
    """The same error at the publisher, the opposite effect."""
    grid = await start(topic())
    await grid.fault(operation="publish", drop="before", count=1)

    with pytest.raises(ServiceRequestError):
        await grid.publish(event())

    assert (await grid.stats())["published"] == 0


async def test_an_event_can_be_delivered_more_than_once(start, hook):
    """Consumers are told to expect it, and rarely see it until production."""
    grid = await start(topic(subscription(hook)))
    await grid.fault(operation="deliver", subscription="intake", duplicates=2, count=1)

    await grid.publish(event("42"))
    await grid.settle(INTAKE, delivered=1)

    assert hook.ids == ["42"] * 3


async def test_newer_events_can_overtake_older_ones(start, hook):
    """There is no order to rely on."""
    grid = await start(topic(subscription(hook)))
    await grid.post("/_emulator/subscriptions/orders/intake/pause")
    await grid.fault(operation="deliver", reorder=1)
    await grid.publish(*(event(str(number)) for number in range(30)))

    await grid.post("/_emulator/subscriptions/orders/intake/resume")
    await hook.wait_for(30)

    assert hook.ids[0] != "0"
    assert hook.ids[-1] in {str(number) for number in range(16)}


async def test_a_delivery_that_arrived_may_count_as_failed(start, hook):
    """The answer got lost: the event comes again."""
    grid = await start(topic(subscription(hook)), speed=1000)
    await grid.fault(operation="deliver", drop="after", count=1)

    await grid.publish(event("42"))
    await hook.wait_for(2)

    assert [one.headers["aeg-delivery-count"] for one in hook.received] == ["0", "1"]


async def test_an_endpoint_can_be_made_to_fail_without_knowing(start, hook):
    """So that an application's own endpoint need not be changed for a test."""
    grid = await start(topic(subscription(hook)), speed=1000)
    await grid.fault(operation="deliver", topic="orders", status=500, count=2)

    await grid.publish(event("42"))
    await grid.settle(INTAKE, delivered=1, failedRequests=2)

    assert hook.ids == ["42"]


async def test_an_endpoint_that_keeps_failing_gets_nothing_for_a_while(start, hook):
    """On probation new events wait, too."""
    grid = await start(topic(subscription(hook)))
    hook.always = 404
    await grid.publish(*(event(str(number)) for number in range(10)))
    await grid.settle(INTAKE, failedRequests=10, onProbation=True)
    hook.always = 200

    await grid.publish(event("new"))
    await grid.advance(200)
    held = await grid.stats(INTAKE)
    await grid.advance(200)

    await grid.settle(INTAKE, queued=0, delivered=11, onProbation=False)
    assert held["queued"] == 11


async def test_a_storm_of_faults_loses_nothing(start, hook):
    """Everything at once, on both ways: at least once is kept, and nothing is invented."""
    batching = {"maxEventsPerBatch": 9}
    grid = await start(topic(subscription(hook, batching=batching)), speed=5000)
    await grid.fault(operation="publish", drop="after", rate=0.2)
    await grid.fault(operation="publish", status=429, rate=0.2)
    await grid.fault(operation="deliver", drop="after", rate=0.1)
    await grid.fault(operation="deliver", status=503, rate=0.2)
    await grid.fault(operation="deliver", duplicates=1, reorder=1, rate=0.2)
    ids = {str(number) for number in range(300)}

    for number in range(0, 300, 10):
        sent = False
        while not sent:
            with suppress(ServiceRequestError, HttpResponseError):
                await grid.publish(*(event(str(number + one)) for one in range(10)))
                sent = True
    stats = await grid.settle(INTAKE, queued=0)

    assert set(hook.ids) == ids
    assert (stats["dropped"], stats["matched"]) == (0, stats["delivered"])


async def test_delivery_can_be_paused(start, hook):
    """To look at a backlog, or to make one."""
    grid = await start(topic(subscription(hook)))
    await grid.post("/_emulator/subscriptions/orders/intake/pause")
    await grid.publish(event("42"))
    await grid.advance(3600)
    paused = await grid.settle(INTAKE, queued=1, paused=True)

    await grid.post("/_emulator/subscriptions/orders/intake/resume")

    await grid.settle(INTAKE, queued=0, delivered=1)
    assert paused["oldestSeconds"] >= 3600


@pytest.mark.parametrize(
    "fault",
    [
        {"operation": "purge", "status": 500},
        {"operation": "deliver"},
        {"operation": "publish", "duplicates": 1},
        {"operation": "deliver", "duplicates": -1},
        {"operation": "deliver", "reorder": 1, "unknown": 1},
    ],
)
async def test_a_fault_that_makes_no_sense_is_refused(start, fault):
    """A misspelt fault would make a test pass that tests nothing."""
    grid = await start(topic())

    async with grid.session.post(grid.url + FAULTS, json=fault) as answer:
        assert answer.status == 400
        assert (await answer.json())["error"]
