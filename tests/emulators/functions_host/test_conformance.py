"""The documentation's promises, one by one, as someone would test them who knows only those."""

import asyncio
import json
import time
import uuid
from collections.abc import Iterator
from typing import Any

import aiohttp
import pytest

from tests.emulators.functions_host.harness import (
    DEADLINE_SECONDS,
    WEBHOOK,
    Client,
    Gate,
    HostProcess,
    start_host,
)


@pytest.fixture(scope="module")
def app_host(tmp_path_factory: pytest.TempPathFactory) -> Iterator[HostProcess]:
    """One host with two workers, so that replays change processes."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("CONFORMANCE_HUB", "Conformance")
        patch.setenv("AzureWebJobs.switched_off.Disabled", "true")
        host = start_host("conformance", tmp_path_factory.mktemp("conformance"), "--workers", "2")
    yield host
    host.kill()


@pytest.fixture
def app(app_host: HostProcess, session: aiohttp.ClientSession) -> Client:
    """Requests to that host."""
    return Client(app_host, session)


async def raise_event(app: Client, instance_id: str, name: str, value: Any) -> None:
    """Send an event over plain HTTP, as a webhook would."""
    path = f"{WEBHOOK}/instances/{instance_id}/raiseEvent/{name}"
    assert (await app.request("POST", path, **as_json(value))).status == 202


def as_json(value: Any) -> dict[str, Any]:
    """The body of a request; of None, ``json=`` would make none."""
    return {"data": json.dumps(value), "headers": {"Content-Type": "application/json"}}


async def waiting(app: Client, name: str, input_: Any) -> str:
    """A new instance that has come to its first wait."""
    instance_id = await app.start(name, input_)
    deadline = time.monotonic() + DEADLINE_SECONDS
    while (await app.status(instance_id))["customStatus"] != "waiting":
        assert time.monotonic() < deadline
        await asyncio.sleep(0.02)
    return instance_id


# Errors


async def test_fails_with_the_text_of_an_orchestrators_own_error(app: Client):
    """Text only: neither the type nor a traceback."""
    status = await app.run("raising")

    assert status["runtimeStatus"] == "Failed"
    assert status["output"] == "Orchestrator function 'raising' failed: mug: 1 left 📦"


async def test_fails_with_type_and_text_of_an_activitys_error(app: Client):
    """Whoever reads the status finds what went wrong first, the traceback after."""
    status = await app.run("selling")

    assert status["output"].startswith(
        "Orchestrator function 'selling' failed: Activity function 'sell' failed:  "
        "OutOfStockError: mug: 0 left 📦\nStack: "
    )


async def test_catches_an_activitys_error_as_a_plain_exception(app: Client):
    """Classes do not cross; what can be told apart is the text."""
    name, text = (await app.run("catching_sale"))["output"]

    assert name == "Exception"
    assert text.startswith("Activity function 'sell' failed:  OutOfStockError: cup: 0 left 📦\n")


async def test_catches_the_error_of_a_sub_orchestration(app: Client):
    """It carries the output of the failed child."""
    text = (await app.run("catching_child"))["output"]

    assert text.startswith("Orchestrator function 'raising' failed: mug: 1 left 📦")


async def test_fails_an_orchestration_that_calls_a_disabled_activity(app: Client):
    """For orchestrations it is as if it were not there."""
    status = await app.run("calling_what_is_off")

    assert status["runtimeStatus"] == "Failed"
    assert (
        "The function 'switched_off' doesn't exist, is disabled, or is not an activity"
        in (status["output"])
    )


# Retries


async def test_retries_a_sub_orchestration_until_it_succeeds(app: Client, app_host: HostProcess):
    """Each attempt is a run of its own, and there is none after the one that succeeds."""
    line = uuid.uuid4().hex

    status = await app.run("retrying_child", line)

    assert status["output"] == [2, "after"]
    assert app_host.recorded.count(line) == 2


async def test_goes_on_after_the_last_attempt_failed(app: Client, app_host: HostProcess):
    """The timer that ends the retries takes an id, too; one slip and the results mix up."""
    sku = uuid.uuid4().hex

    status = await app.run("after_exhausted_retries", sku)

    error = f"Activity function 'sell' failed:  OutOfStockError: {sku}: 0 left 📦"
    assert status["output"] == [error, [0, 1, 2]]
    assert app_host.recorded.count(f"sell {sku}") == 2


# Fan-out


@pytest.mark.parametrize(("width", "output"), [(0, None), (1, [0]), (500, list(range(500)))])
async def test_fans_out_to_any_width(app: Client, width: int, output: object):
    """Results keep the order of the calls; of none the SDK makes None, not an empty list."""
    assert (await app.run("fan_out", width))["output"] == output


async def test_fans_out_to_sub_orchestrations(app: Client):
    """Children without an id get different ones."""
    assert (await app.run("fan_out_children", 30))["output"] == list(range(30))


async def test_leaves_the_losers_of_a_race_usable(app: Client):
    """A task that lost can still be awaited."""
    assert (await app.run("first_of_three"))["output"] == [0, 1, 2]


# Determinism


async def test_gives_the_same_ids_and_times_in_every_replay(app: Client, app_host: HostProcess):
    """Also when another process replays."""
    instance_id = (await app.run("identifiers"))["instanceId"]

    lines = [line for line in app_host.recorded if line.startswith(instance_id)]
    assert len(lines) == 2
    assert len(set(lines)) == 1


# Events


async def test_keeps_an_event_that_comes_before_the_wait(app: Client, gate: Gate):
    """The sender need not know how far the instance is."""
    instance_id = await app.start("late_wait", str(gate))
    await app.wait_for_record(f"wait_for_file {gate.name}")
    await raise_event(app, instance_id, "news", {"early": True})

    gate.open()

    assert (await app.finish(instance_id))["output"] == {"early": True}


async def test_takes_events_of_different_names_in_any_order(app: Client):
    """Each name has a queue of its own."""
    instance_id = await waiting(app, "events", ["first", "second"])

    await raise_event(app, instance_id, "second", 2)
    await raise_event(app, instance_id, "first", 1)

    assert (await app.finish(instance_id))["output"] == [1, 2]


async def test_waits_for_all_of_several_events(app: Client):
    """One of two is not enough."""
    instance_id = await app.start("both_events")
    await raise_event(app, instance_id, "right", None)
    await app.wait_for(instance_id, "Running")

    await raise_event(app, instance_id, "left", "l")

    assert (await app.finish(instance_id))["output"] == ["l", None]


@pytest.mark.parametrize("value", [None, True, 0, "x", [1, {"a": None}], {"ü": "🎉"}])
async def test_decodes_events_from_http_but_not_from_the_sdk(app: Client, value: Any):
    """The SDK's client encodes twice, so its events arrive as JSON text."""
    instance_id = await waiting(app, "events", ["http", "sdk"])

    await raise_event(app, instance_id, "http", value)
    await app.use("raise_event", instance_id, params={"name": "sdk"}, **as_json(value))

    from_http, from_sdk = (await app.finish(instance_id))["output"]
    assert from_http == value
    assert isinstance(from_sdk, str)
    assert json.loads(from_sdk) == value


async def test_ignores_an_event_nobody_waits_for(app: Client):
    """Neither does it count for another name, nor does it keep the instance open."""
    instance_id = await waiting(app, "events", ["wanted"])

    await raise_event(app, instance_id, "unwanted", 1)
    await raise_event(app, instance_id, "wanted", 2)

    assert (await app.finish(instance_id))["output"] == [2]


# Timers


async def test_fires_a_timer_in_the_past_at_once_and_drops_one_far_ahead(app: Client):
    """A cancelled timer of ten years holds nothing open."""
    instance_id = await app.start("timers")

    await raise_event(app, instance_id, "go", None)

    assert (await app.finish(instance_id))["output"] is True


# Suspension and termination


async def test_delivers_events_of_a_suspension_in_order(app: Client):
    """Nothing is lost, nothing overtakes."""
    instance_id = await waiting(app, "events", ["one", "two"])
    await app.use("suspend", instance_id)
    await app.wait_for(instance_id, "Suspended")
    await raise_event(app, instance_id, "one", 1)
    await raise_event(app, instance_id, "two", 2)
    suspended = await app.request("GET", f"{WEBHOOK}/instances/{instance_id}")

    await app.use("resume", instance_id)

    assert suspended.status == 202
    assert (await suspended.json())["customStatus"] == "waiting"
    assert (await app.finish(instance_id))["output"] == [1, 2]


async def test_wakes_for_a_timer_of_a_suspension_when_it_is_over(app: Client):
    """Time goes on meanwhile; the instance does not."""
    instance_id = await app.start("nap", 300)
    await app.use("suspend", instance_id)
    await app.wait_for(instance_id, "Suspended")
    await asyncio.sleep(0.5)
    still = await app.status(instance_id)

    await app.use("resume", instance_id)

    assert still["runtimeStatus"] == "Suspended"
    assert (await app.finish(instance_id))["output"] >= 0


async def test_terminates_a_suspended_instance(app: Client):
    """Suspension is no protection."""
    instance_id = await waiting(app, "events", ["never"])
    await app.use("suspend", instance_id)
    await app.wait_for(instance_id, "Suspended")

    await app.use("terminate", instance_id)

    status = await app.finish(instance_id)
    assert (status["runtimeStatus"], status["output"]) == ("Terminated", "enough")


async def test_terminates_what_is_over_without_effect(app: Client):
    """The SDK takes the 410 for success, so callers may repeat themselves."""
    instance_id = (await app.run("same", 1))["instanceId"]

    answer = await app.use("terminate", instance_id)

    assert answer is None
    assert (await app.status(instance_id))["runtimeStatus"] == "Completed"


async def test_terminates_nothing_that_is_unknown(app: Client):
    """The SDK's own words."""
    assert await app.use("terminate", "unknown") == "No instance with ID 'unknown' found."


# Status


async def test_tells_the_sdk_nothing_of_an_unknown_instance(app: Client):
    """An empty status, no error: callers test whether it is there."""
    status = await app.use("status_of", "unknown")

    assert "instanceId" not in status
    assert "runtimeStatus" not in status


@pytest.mark.parametrize("operation", ["status_of", "status_with_input"])
async def test_tells_the_sdk_input_and_output(app: Client, operation: str):
    """The input comes unasked: the SDK leaves a False out, and the API's default is to show it."""
    instance_id = (await app.run("same", {"a": 1}))["instanceId"]

    status = await app.use(operation, instance_id)

    assert (status["runtimeStatus"], status["output"]) == ("Completed", {"a": 1})
    assert status["input"] == '{"a": 1}'


async def test_finds_instances_by_time_and_status_through_the_sdk(app: Client):
    """Operators look for what failed lately."""
    failed = (await app.run("raising"))["instanceId"]
    completed = (await app.run("same", 1))["instanceId"]

    found = await app.use("list_by_time_and_status", "x")

    assert failed in found
    assert completed not in found


async def test_purges_through_the_sdk_only_what_is_over(app: Client):
    """Of a running instance nothing may be lost; of an unknown one there is nothing to lose."""
    running = await waiting(app, "events", ["never"])
    over = (await app.run("same", 1))["instanceId"]

    assert await app.use("purge", over) == 1
    assert await app.use("purge", over) == 0
    await app.use("purge", running)
    assert (await app.status(running))["runtimeStatus"] == "Running"
    await app.use("terminate", running)


async def test_answers_a_start_that_takes_too_long_with_its_links(app: Client):
    """Whoever waits in vain can go on polling."""
    started = time.monotonic()

    path = f"{WEBHOOK}/orchestrators/both_events?timeout=0.3&pollingInterval=0.1"
    response = await app.request("POST", path)

    body = await response.json()
    assert response.status == 202
    assert 0.3 <= time.monotonic() - started < 5
    await app.use("terminate", body["id"])


# Entities


async def test_has_no_state_of_an_entity_nobody_called(app: Client):
    """The SDK says so without an error."""
    assert await app.use("entity_state", "nobody") == [False, None]


async def test_adds_concurrent_signals_up_exactly(app: Client):
    """From a client and from orchestrations at once: none lost, none twice."""
    key = uuid.uuid4().hex

    *_, first, second = await asyncio.gather(
        *(app.use("signal_many", key, json=[1] * 25) for _ in range(4)),
        app.run("depositing", [key, 10, 10]),
        app.run("depositing", [key, 1000, 5]),
    )

    # A sender's own signals come before its call.
    assert first["output"] >= 100
    assert second["output"] >= 5000
    deadline = time.monotonic() + DEADLINE_SECONDS
    while await app.use("entity_state", key) != [True, 100 + 100 + 5000]:
        assert time.monotonic() < deadline
        await asyncio.sleep(0.02)
