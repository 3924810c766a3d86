"""Durable entities, through the real SDK: state, order, errors, and what a crash leaves."""

import asyncio
import json
import time
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from tests.emulators.functions_host.harness import (
    DEADLINE_SECONDS,
    WEBHOOK,
    Client,
    Gate,
    HostProcess,
    copy_app,
    start_host,
)


@pytest.fixture(scope="module")
def entity_host(tmp_path_factory: pytest.TempPathFactory) -> Iterator[HostProcess]:
    """One host for all tests that do not stop it."""
    host = start_host("entities", tmp_path_factory.mktemp("entities"))
    yield host
    host.kill()


@pytest.fixture
def entities(entity_host: HostProcess, session: aiohttp.ClientSession) -> Client:
    """Requests to the shared host."""
    return Client(entity_host, session)


@pytest.fixture
def key() -> str:
    """A key no other test uses."""
    return uuid.uuid4().hex


async def call(client: Client, key: str, *operations: tuple[str, Any]) -> Any:
    """The answers of a counter to *operations*, called one after another."""
    return (await client.run("call", [key, operations]))["output"]


async def signal(client: Client, name: str, key: str, operation: str, **options: Any) -> int:
    """The status of sending an operation over plain HTTP."""
    path = f"{WEBHOOK}/entities/{name}/{key}?op={operation}"
    return (await client.request("POST", path, **options)).status


async def read(client: Client, name: str, key: str) -> Any:
    """The state of an entity as the SDK's client sees it."""
    return await (await client.request("GET", f"/api/entity/{name}/{key}")).json()


async def wait_for_state(client: Client, name: str, key: str, state: Any) -> None:
    """Return once the entity has *state*."""
    deadline = time.monotonic() + DEADLINE_SECONDS
    while (found := await read(client, name, key)) != {"exists": True, "state": state}:
        assert time.monotonic() < deadline, found
        await asyncio.sleep(0.02)


async def test_keeps_state_between_operations(entities: Client, key: str):
    """An entity is a little object that lives on between calls."""
    answers = await call(entities, key, ("add", 2), ("add", 3), ("get", None))

    assert answers == [2, 5, 5]
    assert await read(entities, "counter", key) == {"exists": True, "state": 5}


async def test_ignores_the_case_of_names_but_not_of_keys(entities: Client, key: str):
    """Names are those of functions, keys are the app's own."""
    await call(entities, key, ("add", 1))

    assert (await read(entities, "COUNTER", key))["state"] == 1
    assert not (await read(entities, "counter", key.upper() + "A"))["exists"]


async def test_gives_an_operations_error_to_its_caller(entities: Client, key: str):
    """The caller can catch it; the entity and the orchestration go on."""
    answers = await call(entities, key, ("add", 1), ("add_then_fail", 10), ("get", None))

    # State set before the error is kept: the rollback option does not reach Python.
    assert answers == [1, "error: too late", 11]


async def test_deletes_an_entity_that_destructs_itself(entities: Client, key: str):
    """What is deleted is gone for readers, and starts anew when it is used again."""
    await call(entities, key, ("add", 5), ("delete", None))

    assert await read(entities, "counter", key) == {"exists": False, "state": None}
    assert await call(entities, key, ("add", 1)) == [1]


async def test_runs_calls_made_side_by_side(entities: Client, key: str):
    """Each call has an answer of its own, and ids stay in step with the SDK."""
    status = await entities.run("call_many", [key, 20])

    assert status["output"] == [list(range(1, 21)), "done"]


async def test_keeps_the_order_of_each_sender(entities: Client, key: str):
    """An orchestration's signals arrive in the order in which it sent them."""
    status = await entities.run("signal_in_order", [key, list(range(10))])

    assert status["output"] == 1
    await wait_for_state(entities, "log", key, [*range(10), "last"])


async def test_takes_no_more_operations_into_a_batch_than_allowed(
    entities: Client, entity_host: HostProcess, key: str, gate: Gate
):
    """The limit bounds what one failing write could cost, and how long a batch takes."""
    path = f"/api/entity/log/{key}?op=write"
    await entities.request("POST", path, json={"gate": str(gate)})
    await entities.wait_for_record(f"wait {key}")
    for number in range(1, 6):
        await entities.request("POST", path, json=number)

    gate.open()

    await wait_for_state(entities, "log", key, [{"gate": str(gate)}, 1, 2, 3, 4, 5])
    lines = [line.split() for line in entity_host.recorded if line.startswith(f"{key} write")]
    assert [line[-1] for line in lines] == ["1", "1", "2", "3", "1", "2"]


async def test_runs_no_more_entities_at_once_than_allowed(
    tmp_path: Path, key: str, gate: Gate, session: aiohttp.ClientSession
):
    """The limit protects what the entities use; each of them still runs one batch at a time."""
    host = start_host(copy_app("entities", tmp_path, maxConcurrentEntityFunctions=1), tmp_path)
    client = Client(host, session)
    for number in range(2):
        path = f"/api/entity/log/{key}-{number}?op=write"
        await client.request("POST", path, json={"gate": str(gate)})
    await client.wait_for_record(f"wait {key}-0")
    waiting = [line for line in host.recorded if line.startswith("wait")]

    gate.open()

    await client.wait_for_record(f"wait {key}-1")
    host.kill()
    assert waiting == [f"wait {key}-0"]


@pytest.mark.slow
async def test_keeps_requests_for_a_function_that_is_gone(
    tmp_path: Path, key: str, gate: Gate, session: aiohttp.ClientSession
):
    """A deployment without the function loses nothing; the next one with it goes on."""
    state = str(tmp_path / "state")
    app = copy_app("entities", tmp_path)
    with_it = start_host(app, tmp_path, state=state)
    held = {"gate": str(gate)}
    await Client(with_it, session).request("POST", f"/api/entity/log/{key}?op=write", json=held)
    await Client(with_it, session).wait_for_record(f"wait {key}")
    with_it.kill()
    gate.open()
    without = start_host(copy_app("durable", tmp_path), tmp_path, state=state)
    without.kill()

    again = start_host(copy_app("entities", tmp_path), tmp_path, state=state)

    await wait_for_state(Client(again, session), "log", key, [held])
    again.kill()
    assert f"1 requests to entity @log@{key} wait: The function 'log' doesn't" in without.output


async def test_a_lost_call_holds_nothing_back(entities: Client, gate: Gate):
    """A call is answered by an event; the end of an instance does not wait for events."""
    status = await entities.run("race", {"gate": str(gate)})

    assert status["output"] == "quick"


async def test_sends_signals_of_every_generation(entities: Client, key: str):
    """Continue-as-new forgets the history, not what was sent."""
    status = await entities.run("generations", [key, 3])

    assert status["output"] == 3
    await wait_for_state(entities, "log", key, [3, 2, 1])


@pytest.mark.parametrize("name", ["unknown", "signal_unknown"])
async def test_fails_when_the_entity_function_does_not_exist(entities: Client, name: str):
    """As with activities, a misspelt name is the orchestration's failure."""
    status = await entities.run(name)

    assert status["runtimeStatus"] == "Failed"
    assert (
        "The function 'nobody' doesn't exist, is disabled, or is not an entity function. "
        "Additional info: The following are the known entity functions: 'Counter', 'log'."
    ) in status["output"]


async def test_answers_calls_whose_function_crashes(
    entities: Client, entity_host: HostProcess, key: str
):
    """State that is not JSON breaks the whole batch; callers hear of it instead of waiting."""
    answers = await call(entities, key, ("add", 1), ("spoil", None), ("add", 1))

    assert answers[0] == 1
    assert answers[1].startswith("error: TypeError: ")
    assert answers[2] == 2


async def test_spares_the_operations_that_share_a_batch_with_one_that_crashes(
    entities: Client, key: str, gate: Gate
):
    """After a crash the batch runs one by one, so only the culprit is lost, and logged."""
    statuses = [await signal(entities, "counter", key, "add", json="1") for _ in range(2)]
    statuses.append(await signal(entities, "counter", key, "spoil"))
    statuses += [await signal(entities, "counter", key, "add", json="1") for _ in range(3)]

    await wait_for_state(entities, "counter", key, 5)
    assert statuses == [202] * 6


@pytest.mark.slow
async def test_reports_a_timeout_to_the_callers(entities: Client, key: str):
    """The SDK knows a timeout by its text."""
    answers = await call(entities, key, ("sleep", None))

    assert answers[0].startswith("error: Timeout value of 0:00:02 was exceeded")


async def test_shows_what_was_sent_in_the_history(entities: Client, key: str):
    """Request and answer meet under the request's id."""
    instance_id = (await entities.run("call", [key, [["add", 1]]]))["instanceId"]

    status = await entities.status(instance_id, showHistory="true", showHistoryOutput="true")

    sent = next(one for one in status["historyEvents"] if one["EventType"] == "EventSent")
    raised = next(one for one in status["historyEvents"] if one["EventType"] == "EventRaised")
    request = json.loads(sent["Input"])
    assert (sent["Name"], sent["InstanceId"]) == ("op", f"@counter@{key}")
    assert request == {
        "op": "add",
        "input": '"1"',
        "id": raised["Name"],
        "parent": instance_id,
        "parentExecution": request["parentExecution"],
    }
    assert json.loads(raised["Input"]) == {"result": "1"}


async def test_mixes_with_work_of_every_other_kind(entities: Client, key: str):
    """All share one counter of ids; one slip, and results would be mixed up or never come."""
    ids = [await entities.start("medley", seed, f"{key}-{seed}") for seed in range(12)]

    statuses = [await entities.finish(one) for one in ids]

    assert [one["output"] for one in statuses] == [14] * 12
    for one in ids:
        await wait_for_state(entities, "log", one, [*range(6, 14), *[14] * 6])


async def test_signals_through_the_sdk(entities: Client, key: str):
    """The client's own encoding is the one the entity decodes."""
    response = await entities.request("POST", f"/api/entity/counter/{key}?op=add", json=4)

    assert response.status == 202
    await wait_for_state(entities, "counter", key, 4)


async def test_passes_plain_bodies_on_as_they_are(entities: Client, key: str):
    """Text becomes JSON text; plain JSON stays plain, and the SDK cannot read it."""
    assert await signal(entities, "counter", key, "add", data="7") == 202
    assert await signal(entities, "counter", key, "add", json=100) == 202
    assert await signal(entities, "counter", key, "add") == 202
    assert await signal(entities, "counter", key, "add", json="1") == 202

    await wait_for_state(entities, "counter", key, 8)


async def test_refuses_a_signal_it_cannot_deliver(entities: Client, key: str):
    """Broken JSON and unknown functions are the caller's mistakes."""
    broken = await signal(
        entities, "counter", key, "add", data="{", headers={"Content-Type": "application/json"}
    )
    unknown = await signal(entities, "nobody", key, "add", json="1")

    assert (broken, unknown) == (400, 400)


async def test_deletes_over_http_by_the_operation_of_that_name(entities: Client, key: str):
    """The entity's own code decides what deleting means."""
    await call(entities, key, ("add", 1))

    response = await entities.request("DELETE", f"{WEBHOOK}/entities/counter/{key}")

    assert response.status == 202
    deadline = time.monotonic() + DEADLINE_SECONDS
    path = f"{WEBHOOK}/entities/counter/{key}"
    while (await entities.request("GET", path)).status != 404:
        assert time.monotonic() < deadline
        await asyncio.sleep(0.02)


async def test_lists_entities_page_by_page(entities: Client, key: str):
    """Names, times and pages filter; states come only when asked for."""
    for number in range(3):
        await call(entities, f"{key}-{number}", ("add", number))
    path = f"{WEBHOOK}/entities/counter?top=2&fetchState=true"
    headers: dict[str, str] = {}
    found: list[Any] = []
    while True:
        response = await entities.request("GET", path, headers=headers)
        page = await response.json()
        assert len(page) <= 2
        found += page
        if "x-ms-continuation-token" not in response.headers:
            break
        headers["x-ms-continuation-token"] = response.headers["x-ms-continuation-token"]

    mine = [one for one in found if one["entityId"]["key"].startswith(key)]
    assert [(one["entityId"]["name"], one["state"]) for one in mine] == [
        ("counter", number) for number in range(3)
    ]
    without = await (await entities.request("GET", f"{WEBHOOK}/entities/log")).json()
    assert all("state" not in one for one in without)
    future = await entities.request(
        "GET", f"{WEBHOOK}/entities?lastOperationTimeFrom=2999-01-01T00:00:00Z"
    )
    assert await future.json() == []


async def test_does_not_list_entities_as_instances(entities: Client, key: str):
    """They are kept apart, as the newer backends do."""
    await call(entities, key, ("add", 1))

    found = await (await entities.request("GET", f"{WEBHOOK}/instances?top=1000")).json()

    assert found
    assert not [one for one in found if one["instanceId"].startswith("@")]


@pytest.mark.slow
async def test_applies_every_operation_once_when_the_host_is_killed(
    tmp_path: Path, key: str, session: aiohttp.ClientSession
):
    """State, answers and consumed requests are one transaction; a kill falls before or after it."""
    state = str(tmp_path / "state")
    host = start_host("entities", tmp_path, state=state)
    ids = []
    for number in range(5):
        client = Client(host, session)
        ids.append(await client.start("call_many", [key, 40], f"{key}-{number}"))
        for _ in range(20):
            assert await signal(client, "counter", key, "add", json="1") == 202
        host.kill()
        host = start_host("entities", tmp_path, state=state)

    client = Client(host, session)
    outputs = [(await client.finish(one))["output"] for one in ids]

    await wait_for_state(client, "counter", key, 5 * (40 + 20))
    host.kill()
    answers = [answer for output in outputs for answer in output[0]]
    assert len(set(answers)) == len(answers) == 5 * 40


@pytest.mark.slow
async def test_goes_on_with_everything_when_the_host_is_killed_again_and_again(
    tmp_path: Path, key: str, session: aiohttp.ClientSession
):
    """Wherever the kills fall, every signal arrives once and every id stays what it was."""
    state = str(tmp_path / "state")
    host = start_host("entities", tmp_path, state=state)
    ids = [await Client(host, session).start("medley", n, f"{key}-{n}") for n in range(8)]
    for _ in range(4):
        await asyncio.sleep(0.15)  # Anywhere in the work is the right place for a kill.
        host.kill()
        host = start_host("entities", tmp_path, state=state)

    client = Client(host, session)
    statuses = [await client.finish(one) for one in ids]

    assert [one["output"] for one in statuses] == [14] * 8
    for one in ids:
        await wait_for_state(client, "log", one, [*range(6, 14), *[14] * 6])
    host.kill()


@pytest.mark.slow
async def test_repeats_a_batch_that_a_kill_interrupted(
    tmp_path: Path, key: str, gate: Gate, session: aiohttp.ClientSession
):
    """The operation runs again on the old state, as an activity would."""
    state = str(tmp_path / "state")
    first = start_host("entities", tmp_path, state=state)
    held = {"gate": str(gate)}
    await Client(first, session).request("POST", f"/api/entity/log/{key}?op=write", json=held)
    await Client(first, session).wait_for_record(f"wait {key}")
    first.kill()
    gate.open()

    second = start_host("entities", tmp_path, state=state)

    await wait_for_state(Client(second, session), "log", key, [held])
    second.kill()
    assert second.recorded.count(f"wait {key}") == 2
