"""``showHistory``: the events as the management API prints them."""

from collections.abc import Iterator
from typing import Any

import aiohttp
import pytest

from tests.emulators.functions_host.harness import WEBHOOK, Client, Gate, HostProcess, start_host


@pytest.fixture(scope="module")
def host(tmp_path_factory: pytest.TempPathFactory) -> Iterator[HostProcess]:
    """A host that stores the inputs of activities in histories."""
    host = start_host("payloads", tmp_path_factory.mktemp("payloads"))
    yield host
    host.kill()


@pytest.fixture
async def mixed(host: HostProcess, session: aiohttp.ClientSession) -> tuple[Client, str]:
    """A finished instance with one event of every usual kind."""
    client = Client(host, session)
    instance_id = await client.start("mixed")
    event = f"{WEBHOOK}/instances/{instance_id}/raiseEvent/go"
    await client.request("POST", event, json={"b": 2})
    await client.finish(instance_id)
    return client, instance_id


async def history(instance: tuple[Client, str], **params: str) -> list[dict[str, Any]]:
    """The instance's history as the API shows it."""
    client, instance_id = instance
    status = await client.status(instance_id, showHistory="true", **params)
    events: list[dict[str, Any]] = status["historyEvents"]
    return events


def first(events: list[dict[str, Any]], kind: str) -> dict[str, Any]:
    """The first event of *kind*, without its times."""
    found = next(one for one in events if one["EventType"] == kind)
    return {key: value for key, value in found.items() if not key.endswith(("Time", "At"))}


async def test_shows_every_kind_of_event(mixed: tuple[Client, str]):
    """Scheduling is merged into completion; timers and events stay as they are."""
    events = await history(mixed)

    assert sorted(one["EventType"] for one in events) == [
        "EventRaised",
        "ExecutionCompleted",
        "ExecutionStarted",
        "SubOrchestrationInstanceCompleted",
        "TaskCompleted",
        "TimerCreated",
        "TimerFired",
    ]
    assert all(one["Timestamp"].endswith("Z") for one in events)
    hidden = {"EventId", "IsPlayed", "TaskScheduledId", "TimerId", "Version", "Tags", "Actions"}
    assert not any(hidden & set(one) for one in events)


async def test_shows_inputs_but_no_results_unless_asked(mixed: tuple[Client, str]):
    """Inputs of activities are there because host.json stores them."""
    events = [
        {key: value for key, value in one.items() if key != "Timestamp"}
        for one in await history(mixed)
    ]

    assert first(events, "TaskCompleted") == {
        "EventType": "TaskCompleted",
        "FunctionName": "echo",
        "Input": '["{\\"a\\": 1}"]',
    }
    assert first(events, "SubOrchestrationInstanceCompleted") == {
        "EventType": "SubOrchestrationInstanceCompleted",
        "FunctionName": "same",
        "Input": '"[1]"',
    }
    assert first(events, "ExecutionStarted") == {
        "EventType": "ExecutionStarted",
        "FunctionName": "mixed",
        "Input": None,
    }
    assert first(events, "ExecutionCompleted") == {
        "EventType": "ExecutionCompleted",
        "OrchestrationStatus": "Completed",
    }


async def test_shows_results_as_json_when_asked(mixed: tuple[Client, str]):
    """Not as text that holds JSON."""
    events = await history(mixed, showHistoryOutput="true")

    assert first(events, "TaskCompleted")["Result"] == {"a": 1}
    assert first(events, "SubOrchestrationInstanceCompleted")["Result"] == [1]
    assert first(events, "ExecutionCompleted")["Result"] == {"b": 2}


async def test_hides_inputs_when_told_so(mixed: tuple[Client, str]):
    """Of all events, the data of raised ones included."""
    events = await history(mixed, showInput="false")

    assert not any("Input" in one for one in events)


async def test_stores_no_inputs_of_activities_by_default(durable: Client):
    """The key is there and empty, as in the real API."""
    instance_id = (await durable.run("chain", 1))["instanceId"]

    events = await history((durable, instance_id))

    assert first(events, "TaskCompleted")["Input"] is None


async def test_shows_what_is_still_running_as_scheduled(durable: Client, gate: Gate):
    """There is no completion to merge it into yet."""
    instance_id = await durable.start("blocked", str(gate))
    await durable.wait_for_record(f"wait_for_file {gate.name}")

    events = await history((durable, instance_id))

    assert (events[-1]["EventType"], events[-1]["Name"]) == ("TaskScheduled", "wait_for_file")
    gate.open()
    await durable.finish(instance_id)


async def test_gives_the_history_as_orchestrators_get_it(mixed: tuple[Client, str]):
    """With the ids and the order that a replay needs, and nothing of the host's own."""
    client, instance_id = mixed

    response = await client.request("GET", f"/_emulator/history/{instance_id}")
    missing = await client.request("GET", "/_emulator/history/nobody")

    told = await response.json()
    rows = told.pop("history")
    assert [rows[0]["EventType"], rows[1]["EventType"], rows[-1]["EventType"]] == [12, 0, 13]
    assert not any({"Actions", "Retrying", "Awaits"} & set(row) for row in rows)
    scheduled = [row["EventId"] for row in rows if row["EventType"] in (4, 7, 10)]
    assert scheduled == list(range(len(scheduled)))
    assert told == {
        "name": "mixed",
        "instanceId": instance_id,
        "parentInstanceId": None,
        "version": None,
        "runtimeStatus": "Completed",
        "input": None,
    }
    assert missing.status == 404
