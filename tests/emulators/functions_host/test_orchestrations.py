"""Orchestrations through the real SDK, each feature by what an app can see of it."""

import asyncio
import uuid

import pytest

from tests.emulators.functions_host.harness import WEBHOOK, Client, Gate, HostProcess


async def test_runs_activities_one_after_another(durable: Client):
    """The chain is the base of every saga."""
    status = await durable.run("chain", 3)

    assert (status["runtimeStatus"], status["output"]) == ("Completed", 48)


async def test_fans_out_and_in(durable: Client):
    """A wide order reserves its ranges concurrently and adds the results up in order."""
    status = await durable.run("fan_out", 200)

    assert status["output"] == sum(2 * n for n in range(200))


async def test_replays_a_wide_fan_out_only_when_all_results_are_there(
    durable: Client, durable_host: HostProcess
):
    """Until then it can do nothing with them, and each replay costs the whole history."""
    status = await durable.run("counted_fan_out", 100)

    assert status["output"] == sum(2 * n for n in range(100))
    assert durable_host.recorded.count(f"replay {status['instanceId']}") == 2


async def test_repeats_a_failing_activity_as_often_as_its_options_say(
    durable: Client, durable_host: HostProcess
):
    """Three attempts mean three executions, no more."""
    label = uuid.uuid4().hex

    status = await durable.run("retried", {"label": label, "succeed_at": 3})

    assert status["output"] == "done"
    assert durable_host.recorded.count(f"fail_until {label}") == 3


async def test_fails_with_the_last_error_when_the_attempts_are_used_up(
    durable: Client, durable_host: HostProcess
):
    """The extra timer after the last attempt must fire, or the instance would hang."""
    label = uuid.uuid4().hex

    status = await durable.run("retried", {"label": label, "succeed_at": 4})

    assert status["runtimeStatus"] == "Failed"
    assert "Activity function 'fail_until' failed:  ValueError: not yet" in status["output"]
    assert durable_host.recorded.count(f"fail_until {label}") == 3


async def test_keeps_ids_in_step_with_the_sdk_when_retries_interleave(durable: Client):
    """Every retry takes an id, in the order in which failures arrive; one slip mixes results up."""
    labels = [uuid.uuid4().hex for _ in range(4)]

    status = await durable.run(
        "retried_side_by_side", [[label, n + 1] for n, label in enumerate(labels)]
    )

    assert status["output"] == ["done"] * 4 + [42]


async def test_handles_results_while_other_calls_still_retry(durable: Client):
    """New calls and retries take ids in turn in the fan-in loop."""
    status = await durable.run("race_with_retries")

    assert status["output"] == [2, "done"]


async def test_tells_an_orchestrator_what_is_a_replay(durable: Client):
    """Code that logs or measures only when not replaying does so once."""
    status = await durable.run("replaying")

    assert status["output"] == [True, True, False]


async def test_carries_objects_of_the_apps_own_classes(durable: Client):
    """Activities take and return them through the SDK's own serialisation."""
    status = await durable.run("pack")

    assert status["output"] == 2


async def test_gives_a_sub_orchestrations_result_to_its_parent(durable: Client):
    """The child is an instance of its own, with its own id and parent."""
    status = await durable.run("parent", ["chain", 1])

    child = await durable.status(f"{status['instanceId']}-child")
    assert (status["output"], child["output"]) == (16, 16)


async def test_gives_a_sub_orchestrations_error_to_its_parent(durable: Client):
    """A failed child fails the call, not the parent's process."""
    status = await durable.run("parent", ["failing", "the child"])

    assert status["runtimeStatus"] == "Failed"
    assert "Orchestrator function 'failing' failed" in status["output"]


async def test_repeats_a_failing_sub_orchestration(durable: Client, durable_host: HostProcess):
    """Retries of sub-orchestrations follow the rules of those of activities."""
    label = uuid.uuid4().hex

    status = await durable.run("parent_with_retry", label)

    assert status["output"].startswith("Orchestrator function 'failing' failed: ")
    assert durable_host.recorded.count(f"fail {label}") == 2


async def test_wakes_when_a_timer_is_due(durable: Client):
    """Time in an orchestration comes from the context and never runs ahead of the timer."""
    status = await durable.run("nap", 150)

    assert status["output"] >= 0.15


async def test_completes_at_once_when_the_deadline_is_cancelled(durable: Client):
    """A cancelled timer does not hold an instance open."""
    instance_id = await durable.start("approval", {"seconds": 600})

    await durable.use("raise_event", instance_id, params={"name": "approval"}, json=[1])

    # The Python client encodes twice: user code receives the JSON text.
    assert (await durable.finish(instance_id))["output"] == "[1]"


async def test_stays_running_until_an_abandoned_timer_fires(durable: Client):
    """The completion gate: an instance ends only when nothing it started is open."""
    instance_id = await durable.start("approval", {"seconds": 1, "cancel": False})
    await durable.use("raise_event", instance_id, params={"name": "approval"}, json="yes")

    status = await durable.status(instance_id, showHistory="true")
    assert status["runtimeStatus"] == "Running"

    assert (await durable.finish(instance_id))["output"] == '"yes"'


async def test_gives_up_waiting_at_the_deadline(durable: Client):
    """The losing wait does not keep the instance open."""
    status = await durable.run("approval", {"seconds": 0.05})

    assert status["output"] == "expired"


async def test_needs_as_many_events_as_it_waits_for(durable: Client):
    """The SDK would take one early event twice; the host's own count keeps the instance open."""
    instance_id = await durable.start("two_events")
    event = f"{WEBHOOK}/instances/{instance_id}/raiseEvent/news"
    await durable.request("POST", event, json={"n": 1})
    await durable.wait_for(instance_id, "Running")

    await durable.request("POST", event, json={"n": 2})

    assert (await durable.finish(instance_id))["output"] == [{"n": 1}, {"n": 2}]


async def test_carries_events_over_when_it_continues_as_new(durable: Client):
    """Each generation takes one event; those raised in a burst wait for the next one."""
    instance_id = await durable.start("counter", 1)
    event = f"{WEBHOOK}/instances/{instance_id}/raiseEvent/tick"

    await asyncio.gather(*(durable.request("POST", event, json=n) for n in range(3)))

    status = await durable.finish(instance_id)
    assert (status["output"], status["customStatus"]) == (3, "round 3")


async def test_reports_an_activitys_error_to_the_orchestrator(durable: Client):
    """Apps read the type and message of the error from this text."""
    status = await durable.run("catching")

    assert status["output"].startswith(
        "Activity function 'fail' failed:  ValueError: the step is broken\nStack: "
    )


async def test_fails_with_the_text_of_an_uncaught_error(durable: Client):
    """The output of a failed instance is text, not an object."""
    status = await durable.run("failing", "it")

    assert status["runtimeStatus"] == "Failed"
    assert status["output"].startswith("Orchestrator function 'failing' failed: Activity function")


async def test_starts_no_undo_before_the_siblings_of_a_failed_call_are_over(
    durable: Client, durable_host: HostProcess, gate: Gate
):
    """task_all fails fast in Python, but the host awaits all: an undo cannot overtake a step."""
    instance_id = await durable.start("compensating", str(gate))
    await durable.wait_for_record(f"wait_for_file {gate.name}")
    before = durable_host.recorded.count("nothing undo")

    gate.open()

    assert (await durable.finish(instance_id))["output"] == "undone"
    assert (before, durable_host.recorded.count("nothing undo")) == (0, 1)


async def test_fails_when_an_activity_does_not_exist(durable: Client):
    """A misspelt name is the orchestration's failure, which its code cannot catch."""
    status = await durable.run("missing_activity")

    assert (
        "The function 'no_such_activity' doesn't exist, is disabled, or is not an activity "
        "function. Additional info: The following are the known activity functions: 'double'"
    ) in status["output"]


async def test_fails_when_the_orchestrator_does_not_exist(durable: Client):
    """Starting it is accepted; the instance then says what is wrong."""
    status = await durable.run("no_such_orchestrator")

    assert status["runtimeStatus"] == "Failed"
    assert "The function 'no_such_orchestrator' doesn't exist" in status["output"]


@pytest.mark.parametrize("input_", [{"a": [1]}, "plain", 5, None])
async def test_hands_the_input_of_the_sdks_client_over_unchanged(durable: Client, input_: object):
    """The client encodes twice, and the host must not undo that half-way."""
    status = await durable.run("about", input_)

    assert status["output"]["input"] == input_
