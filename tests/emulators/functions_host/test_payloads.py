"""Payloads: nothing, everything, far too much, and what is no JSON."""

from collections.abc import Iterator
from typing import Any

import aiohttp
import pytest

from tests.emulators.functions_host.harness import WEBHOOK, Client, HostProcess, start_host

MEGABYTE = 1024 * 1024


@pytest.fixture(scope="module")
def payload_host(tmp_path_factory: pytest.TempPathFactory) -> Iterator[HostProcess]:
    """One host for all tests here."""
    host = start_host("payloads", tmp_path_factory.mktemp("payloads"))
    yield host
    host.kill()


@pytest.fixture
def payloads(payload_host: HostProcess, session: aiohttp.ClientSession) -> Client:
    """Requests to that host."""
    return Client(payload_host, session)


@pytest.mark.parametrize(
    "value",
    [
        {"name": 'Ünïcödé 🎉 \u2028 \x00 "quoted" \\'},
        "lone \ud800 surrogate",
        [],
        {},
        0,
        False,
        "",
        1.5e300,
        "2026-01-01T00:00:00Z",
        [[None]],
    ],
    ids=repr,
)
async def test_carries_values_unchanged_through_every_door(payloads: Client, value: Any):
    """Input, activity, sub-orchestration, entity, output: what goes in comes out."""
    status = await payloads.run("everywhere", value)

    assert status["output"] == [value] * 3


async def test_carries_none(payloads: Client):
    """No input, no result and no output are null, not missing and not the text null."""
    status = await payloads.run("everywhere")

    assert status["output"] == [None, None, None]
    nothing = await payloads.run("same")
    assert (nothing["runtimeStatus"], nothing["output"]) == ("Completed", None)


async def test_carries_five_megabytes(payloads: Client):
    """Large payloads have no limit of their own here; in Azure they go to blobs."""
    status = await payloads.run("inflate", 5 * MEGABYTE)

    assert len(status["output"]) == 5 * MEGABYTE


async def test_takes_an_input_of_five_megabytes(payloads: Client):
    """Over HTTP, through the SDK and back."""
    text = "ö" * (2 * MEGABYTE)

    status = await payloads.run("same", text)

    assert status["output"] == text


async def test_fails_an_activity_whose_result_is_no_json(payloads: Client):
    """The converter's error is the activity's."""
    status = await payloads.run("foreign_result")

    assert status["runtimeStatus"] == "Failed"
    assert "activity trigger output must be json serializable" in status["output"]


async def test_fails_an_orchestration_whose_output_is_no_json(payloads: Client):
    """The SDK reports it as the orchestrator's own error."""
    status = await payloads.run("foreign_output")

    assert status["output"] == (
        "Orchestrator function 'foreign_output' failed: Object of type set is not JSON serializable"
    )


async def test_limits_the_custom_status_to_16_kilobytes(payloads: Client):
    """Of UTF-16, as it is stored; a little more would be cut by nobody and fit nowhere."""
    fits = await payloads.run("talkative", 8 * 1024 - 2)
    too_long = await payloads.run("talkative", 9 * 1024)

    assert fits["runtimeStatus"] == "Completed"
    assert too_long["output"] == (
        "Orchestrator function 'talkative' failed: The UTF-16 size of the JSON-serialized payload "
        "must not exceed 16 KB. The current payload size is 18 KB."
    )


async def test_takes_events_with_any_name_and_any_json(payloads: Client):
    """Names are matched exactly by the SDK, and data arrives as it was sent."""
    instance_id = await payloads.start("echo_event")

    await payloads.request(
        "POST", f"{WEBHOOK}/instances/{instance_id}/raiseEvent/Grüße", json={"ä": None}
    )

    assert (await payloads.finish(instance_id))["output"] == {"ä": None}


async def test_forgets_early_events_when_it_continues_as_new(payloads: Client):
    """What was delivered but not waited for is not sent again: preserveUnprocessedEvents is off."""
    instance_id = await payloads.start("forgetful")
    for name in ("second", "first", "third"):
        event = f"{WEBHOOK}/instances/{instance_id}/raiseEvent/{name}"
        assert (await payloads.request("POST", event, json=name)).status == 202

    assert (await payloads.finish(instance_id))["output"] == "third"


@pytest.mark.parametrize(
    ("name", "status", "body"), [("same", 200, "7"), ("foreign_output", 500, None)]
)
async def test_waits_for_the_end_through_the_sdk(
    payloads: Client, name: str, status: int, body: str | None
):
    """The SDK polls: the output on success, the whole status with 500 on failure."""
    instance_id = await payloads.start(name, 7)

    response = await payloads.request("POST", f"/api/wait/{instance_id}")

    assert response.status == status
    if body is None:
        assert (await response.json())["runtimeStatus"] == "Failed"
    else:
        assert await response.text() == body


async def test_fails_an_orchestrator_that_is_not_deterministic(payloads: Client):
    """The error is the engine's own, and names what was and what is."""
    status = await payloads.run("fickle")

    assert status["runtimeStatus"] == "Failed"
    assert status["output"] == (
        "Non-Deterministic workflow detected: A previous execution of this orchestration scheduled "
        "an activity task with sequence ID 0 and name 'huge', but the current orchestration replay "
        "instead scheduled an activity task named 'echo' with this sequence number. Was a change "
        "made to the orchestrator code after this instance had already started running?"
    )


async def test_fails_an_orchestrator_that_yields_no_task(payloads: Client):
    """The SDK cannot make sense of it; the instance must not hang."""
    status = await payloads.run("nonsense", 5)

    assert status["runtimeStatus"] == "Failed"
    assert "AttributeError" in status["output"]


async def test_runs_an_orchestrator_that_yields_nothing(payloads: Client):
    """A plain function is done when it returns."""
    status = await payloads.run("not_a_generator", 1)

    assert status["output"] == {"input": 1}


@pytest.mark.parametrize("body", ["[1]", "5", "true", '"plain"'])
async def test_fails_on_raw_inputs_that_the_sdk_cannot_read(payloads: Client, body: str):
    """Plain JSON over HTTP is not what the SDK's client sends; only objects can be read."""
    response = await payloads.request("POST", f"{WEBHOOK}/orchestrators/same", data=body)

    status = await payloads.finish((await response.json())["id"])

    assert status["runtimeStatus"] == "Failed"
    assert "Orchestrator function 'same' failed" in status["output"]
