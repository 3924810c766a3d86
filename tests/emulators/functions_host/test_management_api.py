"""The Durable management API, over HTTP and through the SDK's client."""

import uuid
from pathlib import Path
from urllib.parse import quote

import aiohttp
import pytest
from yarl import URL

from tests.emulators.functions_host.harness import (
    WEBHOOK,
    Client,
    Gate,
    HostProcess,
    start_host,
)


async def test_offers_the_links_of_a_started_instance(durable: Client, durable_host: HostProcess):
    """Callers follow statusQueryGetUri; Location says the same."""
    response = await durable.request("POST", f"{WEBHOOK}/orchestrators/chain", json="1")

    body = await response.json()
    assert (response.status, response.headers["Retry-After"]) == (202, "10")
    assert response.headers["Location"] == body["statusQueryGetUri"]
    assert body["statusQueryGetUri"].startswith(f"{durable_host.url}{WEBHOOK}/instances/")
    assert set(body) == {
        "id", "statusQueryGetUri", "sendEventPostUri", "terminatePostUri", "purgeHistoryDeleteUri",
        "restartPostUri", "suspendPostUri", "resumePostUri",
    }  # fmt: skip


async def test_waits_for_the_end_when_asked_to(durable: Client):
    """The output comes in the same answer, when it is there in time."""
    response = await durable.request("POST", f"{WEBHOOK}/orchestrators/chain?timeout=10", json="1")

    assert (response.status, await response.json()) == (200, 16)


async def test_refuses_a_second_start_of_a_running_instance(durable: Client, gate: Gate):
    """One id, one running instance: the order's id protects the order."""
    instance_id = await durable.start("blocked", str(gate), uuid.uuid4().hex)
    await durable.wait_for(instance_id, "Running")

    again = await durable.request("POST", f"{WEBHOOK}/orchestrators/blocked/{instance_id}")

    assert again.status == 409
    expected = "An Orchestration instance with the status Running already exists."
    assert (await again.json())["Message"] == expected
    gate.open()
    await durable.finish(instance_id)


async def test_lets_a_finished_instance_be_started_again(durable: Client):
    """So an instance id is no idempotency record; sagas look at the order first."""
    instance_id = await durable.start("chain", 1, uuid.uuid4().hex)
    await durable.finish(instance_id)

    await durable.start("chain", 2, instance_id)

    assert (await durable.finish(instance_id))["output"] == 32


async def test_answers_202_while_running_and_200_after(durable: Client, gate: Gate):
    """Pollers go on until 200."""
    instance_id = await durable.start("blocked", str(gate))
    path = f"{WEBHOOK}/instances/{instance_id}"

    running = await durable.request("GET", path)
    gate.open()
    await durable.finish(instance_id)
    finished = await durable.request("GET", path)

    assert (running.status, running.headers["Retry-After"]) == (202, "5")
    assert finished.status == 200


async def test_shows_an_instance_with_its_names_and_times(durable: Client):
    """The keys are those that clients in every language read."""
    status = await durable.run("chain", 1)

    assert status["name"] == "chain"
    assert status["input"] == "1"
    assert status["createdTime"].endswith("Z")
    assert len(status["createdTime"]) == len("2026-01-01T00:00:00Z")
    hidden = await durable.status(status["instanceId"], showInput="false")
    assert hidden["input"] is None


async def test_can_make_failure_a_500(durable: Client):
    """For pollers that only look at the status code."""
    instance_id = (await durable.run("failing", "it"))["instanceId"]

    response = await durable.request(
        "GET", f"{WEBHOOK}/instances/{instance_id}?returnInternalServerErrorOnFailure=true"
    )

    assert response.status == 500


async def test_terminates_with_a_reason(durable: Client, gate: Gate):
    """The reason is the output; what the instance still waited for no longer matters."""
    instance_id = await durable.start("blocked", str(gate))

    await durable.use("terminate", instance_id)

    status = await durable.finish(instance_id)
    assert (status["runtimeStatus"], status["output"]) == ("Terminated", "because")
    gate.open()


async def test_holds_events_back_while_suspended(durable: Client, gate: Gate):
    """What happens meanwhile is delivered, in order, on resume."""
    instance_id = await durable.start("blocked", str(gate))
    await durable.wait_for(instance_id, "Running")
    await durable.use("suspend", instance_id)
    await durable.wait_for(instance_id, "Suspended")
    gate.open()
    await durable.wait_for_record(f"opened {gate.name}")
    assert (await durable.status(instance_id))["runtimeStatus"] == "Suspended"

    await durable.use("resume", instance_id)

    assert (await durable.finish(instance_id))["output"] == gate.name


async def test_refuses_to_suspend_twice(durable: Client, gate: Gate):
    """The SDK turns the 500 into an error, as with the real host."""
    instance_id = await durable.start("blocked", str(gate))
    await durable.use("suspend", instance_id)
    await durable.wait_for(instance_id, "Suspended")

    error = await durable.use("suspend", instance_id)

    assert error == "The operation failed with an unexpected status code 500"
    await durable.use("terminate", instance_id)
    gate.open()


async def test_refuses_an_event_to_what_is_over_or_unknown(durable: Client):
    """410 and 404 become the SDK's own errors."""
    over = (await durable.run("chain", 1))["instanceId"]

    to_over = await durable.use("raise_event", over, params={"name": "x"}, json=1)
    to_unknown = await durable.use("raise_event", "unknown", params={"name": "x"}, json=1)

    assert to_over == f"Instance with ID {over} is gone: either completed or failed"
    assert to_unknown == "No instance with ID unknown found."


async def test_refuses_an_event_that_is_not_json(durable: Client):
    """Anything else could not be replayed."""
    instance_id = await durable.start("approval", {"seconds": 600})
    path = f"{WEBHOOK}/instances/{instance_id}/raiseEvent/approval"

    as_text = await durable.request("POST", path, data="x", headers={"Content-Type": "text/plain"})
    broken = await durable.request(
        "POST", path, data="{", headers={"Content-Type": "application/json"}
    )

    assert (as_text.status, broken.status) == (400, 400)
    await durable.use("terminate", instance_id)


async def test_purges_a_finished_instance_and_nothing_else(durable: Client, gate: Gate):
    """After a purge the id is unknown; a running instance keeps its history."""
    finished = (await durable.run("chain", 1))["instanceId"]
    running = await durable.start("blocked", str(gate))

    assert await durable.use("purge", finished) == 1
    assert await durable.use("purge", finished) == 0
    assert "412" in await durable.use("purge", running)

    assert (await durable.request("GET", f"{WEBHOOK}/instances/{finished}")).status == 404
    gate.open()
    await durable.finish(running)


async def test_purges_by_date_and_status(durable: Client):
    """A start date is required; the SDK prints the year 1 with one digit."""
    failed = (await durable.run("failing", "it"))["instanceId"]
    path = f"{WEBHOOK}/instances/?createdTimeFrom=1-01-01T00:00:00.000000Z&runtimeStatus=Failed"

    without_date = await durable.request("DELETE", f"{WEBHOOK}/instances/")
    with_date = await durable.request("DELETE", path)
    again = await durable.request("DELETE", path)

    assert (without_date.status, with_date.status, again.status) == (400, 200, 404)
    assert (await durable.request("GET", f"{WEBHOOK}/instances/{failed}")).status == 404


async def test_lists_instances_page_by_page(durable: Client):
    """The continuation token of one page leads to the next; the last has none."""
    prefix = uuid.uuid4().hex
    for number in range(3):
        await durable.finish(await durable.start("chain", 1, f"{prefix}-{number}"))
    path = f"{WEBHOOK}/instances?instanceIdPrefix={prefix}&top=2&runtimeStatus=Completed,Failed"

    first = await durable.request("GET", path)
    token = first.headers["x-ms-continuation-token"]
    second = await durable.request("GET", path, headers={"x-ms-continuation-token": token})

    found = [one["instanceId"] for one in [*(await first.json()), *(await second.json())]]
    assert found == [f"{prefix}-{number}" for number in range(3)]
    assert "x-ms-continuation-token" not in second.headers


async def test_lists_instances_through_the_sdk(durable: Client):
    """The SDK asks with a trailing slash."""
    instance_id = (await durable.run("chain", 1))["instanceId"]

    found = await durable.use("status_all", instance_id)

    assert instance_id in [one["instanceId"] for one in found]


async def test_restarts_with_the_same_input(durable: Client):
    """The copy gets an id of its own."""
    instance_id = (await durable.run("chain", 5))["instanceId"]

    restarted = await durable.use("restart", instance_id)

    assert restarted["id"] != instance_id
    assert (await durable.finish(restarted["id"]))["output"] == 80


async def test_looks_at_the_instance_before_it_looks_at_an_event(durable: Client):
    """An event that nobody waits for any more is late, whatever is in it."""
    over = (await durable.run("chain", 1))["instanceId"]

    response = await durable.request("POST", f"{WEBHOOK}/instances/{over}/raiseEvent/x", data="x")

    assert response.status == 410


async def test_takes_no_empty_event(durable: Client, gate: Gate):
    """Nothing is not JSON; an event without data is null."""
    instance_id = await durable.start("blocked", str(gate))
    path = f"{WEBHOOK}/instances/{instance_id}/raiseEvent/x"
    headers = {"Content-Type": "application/json"}

    empty = await durable.request("POST", path, headers=headers)
    null = await durable.request("POST", path, headers=headers, data="null")

    assert (empty.status, null.status) == (400, 202)
    gate.open()
    await durable.finish(instance_id)


@pytest.mark.parametrize("instance_id", ["@counter@a", "a%2Fb", "a%23b", "a%0Ab", "x" * 257])
async def test_refuses_ids_no_instance_can_have(durable: Client, instance_id: str):
    """They would be ambiguous in storage or in URLs; the SDK reads ExceptionMessage."""
    url = URL(f"{durable.url}{WEBHOOK}/orchestrators/chain/{instance_id}", encoded=True)

    response = await durable.request("POST", url)

    assert response.status == 400
    body = await response.json()
    assert body["Message"] == "One or more of the arguments submitted is incorrect"
    assert body["ExceptionMessage"]


async def test_finds_instances_whose_ids_need_quoting(durable: Client):
    """The links of a start lead back to the instance."""
    instance_id = f"order ä+%{uuid.uuid4().hex}"
    url = f"{WEBHOOK}/orchestrators/chain/{quote(instance_id)}"
    response = await durable.request("POST", URL(f"{durable.url}{url}", encoded=True), json="1")
    link = (await response.json())["statusQueryGetUri"]

    status = await durable.request("GET", URL(link, encoded=True))

    assert (await status.json())["instanceId"] == instance_id


async def test_terminates_a_child_and_tells_its_parent(durable: Client, gate: Gate):
    """To the parent a terminated sub-orchestration has failed; terminating goes no further."""
    instance_id = await durable.start("parent", ["blocked", str(gate)])
    await durable.wait_for_record(f"wait_for_file {gate.name}")

    await durable.use("terminate", f"{instance_id}-child")

    status = await durable.finish(instance_id)
    assert status["runtimeStatus"] == "Failed"
    assert "because" in status["output"]


async def test_leaves_children_alone_when_it_terminates_their_parent(durable: Client, gate: Gate):
    """The child goes on and finds nobody to tell."""
    instance_id = await durable.start("parent", ["blocked", str(gate)])
    await durable.wait_for_record(f"wait_for_file {gate.name}")

    await durable.use("terminate", instance_id)
    await durable.wait_for(instance_id, "Terminated")
    gate.open()

    assert (await durable.finish(f"{instance_id}-child"))["output"] == gate.name


async def test_refuses_to_restart_what_still_runs_under_its_own_id(durable: Client, gate: Gate):
    """A copy with a new id is fine; an unknown instance is a bad argument."""
    instance_id = await durable.start("blocked", str(gate))
    path = f"{WEBHOOK}/instances/{instance_id}/restart?restartWithNewInstanceId=false"

    running = await durable.request("POST", path)
    unknown = await durable.request("POST", f"{WEBHOOK}/instances/unknown/restart")
    gate.open()
    await durable.finish(instance_id)
    finished = await durable.request("POST", path)

    assert (running.status, unknown.status, finished.status) == (409, 400, 202)
    assert (await finished.json())["id"] == instance_id


async def test_answers_an_unknown_path_or_verb_with_404(durable: Client):
    """There is no 405 in this API."""
    path = await durable.request("GET", f"{WEBHOOK}/nothing")
    verb = await durable.request("PUT", f"{WEBHOOK}/instances/x")

    assert (path.status, verb.status) == (404, 404)


async def test_counts_billing_actions(tmp_path: Path, session: aiohttp.ClientSession):
    """A start is one action, an activity two."""
    host = start_host("durable", tmp_path)
    client = Client(host, session)

    await client.run("chain", 1)

    stats = (await (await client.request("GET", "/_emulator/stats")).json())["durable"]
    host.kill()
    assert (stats["actions"], stats["episodes"]) == (1 + 2 * 4, 5)


async def test_refuses_to_speak_for_another_task_hub(durable: Client):
    """Answering from this hub instead would mix two apps up."""
    response = await durable.request("GET", f"{WEBHOOK}/instances/x?taskHub=Another")

    assert response.status == 400
    assert "has the task hub DurableTests here, not Another" in await response.text()
