"""What becomes of events that nobody takes, in a real storage emulator."""

import json
import re
import uuid
from datetime import UTC, datetime, timedelta

import pytest
from azure.core.messaging import CloudEvent
from azure.storage.blob.aio import ContainerClient

from tests.emulators.azurite import Azurite, why_missing
from tests.emulators.event_grid.conftest import CLOUD_EVENTS, event, running, subscription, topic
from tests.emulators.functions_host.harness import ROOT

INTAKE = "orders/intake"


@pytest.fixture(scope="module")
def storage(tmp_path_factory):
    """The connection string of one Azurite for the tests of this file."""
    if reason := why_missing(ROOT):
        pytest.skip(reason)
    with Azurite(ROOT, tmp_path_factory.mktemp("azurite")) as azurite:
        yield azurite.connection_string


@pytest.fixture
async def container(storage):
    """A fresh container."""
    name = f"dead-{uuid.uuid4()}"
    async with ContainerClient.from_connection_string(storage, name) as container:
        await container.create_container()
        yield container


def to(container, storage):
    """The part of a subscription's configuration."""
    return {"deadLetter": {"connectionString": storage, "container": container.container_name}}


async def blobs_of(container):
    """What was written: name and content."""
    return {
        name: json.loads(await (await container.download_blob(name)).readall())
        async for name in container.list_blob_names()
    }


async def test_a_refused_event_becomes_a_blob(start, hook, container, storage):
    """Name and content are what tools that read dead letters expect."""
    grid = await start(topic(subscription(hook, **to(container, storage))), speed=1000)
    hook.always = 400

    await grid.publish(event("42", "orders/1", "Order.Submitted", {"a": 1}))
    await grid.settle(INTAKE, deadLettered=1, givenUp=0, queued=0, dropped=0)

    [(name, [letter])] = (await blobs_of(container)).items()
    hour = datetime.now(UTC)
    days = [hour - timedelta(hours=1), hour]
    assert re.fullmatch(r"INTAKE/\d+/[1-9]\d?/[1-9]\d?/(0|[1-9]\d?)/[0-9a-f-]{36}\.json", name)
    assert any(f"/{one.year}/{one.month}/{one.day}/{one.hour}/" in name for one in days)
    assert letter["id"] == "42"
    assert letter["data"] == {"a": 1}
    assert letter["deadLetterReason"] == "UndeliverableDueToHttpResponse"
    assert letter["deliveryAttempts"] == 1
    assert letter["lastDeliveryOutcome"] == "BadRequest"
    for moment in ("publishTime", "lastDeliveryAttemptTime"):
        assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{7}Z", letter[moment])


async def test_a_dead_cloud_event_has_the_facts_as_extensions(start, hook, container, storage):
    """Whose names have lower-case letters only."""
    policy = {"retryPolicy": {"maxDeliveryAttempts": 2}}
    intake = subscription(hook, **to(container, storage), **policy)
    grid = await start(topic(intake, inputSchema=CLOUD_EVENTS), speed=1000)
    hook.always = 503

    await grid.publish(CloudEvent("/shop", "t"))
    await grid.settle(INTAKE, deadLettered=1)

    [[letter]] = (await blobs_of(container)).values()
    facts = {
        "deadletterreason": "MaxDeliveryAttemptsExceeded",
        "deliveryattempts": 2,
        "lastdeliveryoutcome": "Busy",
        "specversion": "1.0",
    }
    assert facts.items() <= letter.items()
    assert {"publishtime", "lastdeliveryattempttime"} < letter.keys()


async def test_dead_letters_are_written_together_five_minutes_later(
    start, hook, container, storage
):
    """So a blob may hold several events."""
    grid = await start(topic(subscription(hook, **to(container, storage))))
    hook.always = 400
    await grid.publish(*(event(str(number)) for number in range(3)))
    await grid.settle(INTAKE, givenUp=3)
    before = await blobs_of(container)

    await grid.advance(301)
    await grid.settle(INTAKE, deadLettered=3)

    [letters] = (await blobs_of(container)).values()
    assert before == {}
    assert {letter["id"] for letter in letters} == {"0", "1", "2"}


async def test_an_event_whose_time_ran_out_says_so(start, hook, container, storage):
    """The other limit of a retry policy."""
    intake = subscription(
        hook, **to(container, storage), retryPolicy={"eventTimeToLiveInMinutes": 1}
    )
    grid = await start(topic(intake))
    hook.always = 500
    await grid.publish(event())
    await grid.settle(INTAKE, attempts=1)

    await grid.advance(61)
    await grid.settle(INTAKE, givenUp=1)
    await grid.advance(301)
    await grid.settle(INTAKE, deadLettered=1)

    [[letter]] = (await blobs_of(container)).values()
    assert letter["deadLetterReason"] == "TimeToLiveExceeded"
    assert letter["lastDeliveryOutcome"] == "GenericError"


async def test_storage_may_come_back(start, hook, container, storage):
    """Until then the events wait, and the reason can be seen."""
    await container.delete_container()
    grid = await start(topic(subscription(hook, **to(container, storage))), speed=500)
    hook.always = 400
    await grid.publish(event("42"))
    while not (stats := await grid.stats(INTAKE))["deadLetterProblem"]:
        pass
    await container.create_container()

    after = await grid.settle(INTAKE, deadLettered=1, givenUp=0)

    assert "container" in stats["deadLetterProblem"]
    assert after["deadLetterProblem"] is None
    assert len(await blobs_of(container)) == 1


async def test_after_four_hours_without_storage_events_are_lost(start, hook, container, storage):
    """As in the service; a test that waits for a dead letter must see why there is none."""
    await container.delete_container()
    grid = await start(topic(subscription(hook, **to(container, storage))))
    hook.always = 400
    await grid.publish(event())
    await grid.settle(INTAKE, givenUp=1)

    await grid.advance(4 * 3600 + 1)

    await grid.settle(INTAKE, dropped=1, givenUp=0, deadLettered=0)


async def test_dead_letters_wait_through_a_restart(hook, container, storage, tmp_path):
    """Given up is not gone."""
    topics = [topic(subscription(hook, **to(container, storage)))]
    hook.always = 400
    async with running(topics, state=str(tmp_path)) as grid:
        await grid.publish(event("42"))
        await grid.settle(INTAKE, givenUp=1)

    async with running(topics, state=str(tmp_path), speed=1000) as grid:
        await grid.advance(301_000)
        await grid.settle(INTAKE, deadLettered=1)

    assert len(hook.received) == 1
