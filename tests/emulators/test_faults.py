"""The faults every emulator can be told to show."""

import time

import aiohttp
import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer

from emulators.faults import FAULTS_PATH, FaultPlan, add_fault_routes, fault_middleware


class Counter:
    """A service with one effect: it counts."""

    def __init__(self):
        self.effects = 0
        self.refusal = None

    async def count(self, _):
        if self.refusal:
            raise self.refusal
        self.effects += 1
        return web.json_response({"effects": self.effects})


async def refuse(_, status):
    """The service's own error answer."""
    return web.json_response({"refused": True}, status=status)


def describe(request):
    """What a fault may match on; nothing for the emulator's own endpoints."""
    return {"operation": "count"} if request.path == "/count" else None


@pytest.fixture
def counter():
    """The service behind the faults."""
    return Counter()


@pytest.fixture
async def client(counter):
    """A client of the service, with its fault endpoints."""
    plan = FaultPlan(fields=("operation",), values={"operation": ("count", "divide")})
    app = web.Application(middlewares=[fault_middleware(plan, describe, refuse)])
    app.router.add_post("/count", counter.count)
    add_fault_routes(app, plan)
    # A pooled connection would be retried silently by aiohttp after a cut.
    connector = aiohttp.TCPConnector(force_close=True)
    async with TestClient(TestServer(app), connector=connector) as client:
        yield client


async def test_without_faults_requests_pass(client, counter):
    """An empty plan changes nothing."""
    answer = await client.post("/count")

    assert (answer.status, counter.effects) == (200, 1)


async def test_a_status_fault_answers_without_effect(client, counter):
    """An outage must not do what it says it did not."""
    await client.post(FAULTS_PATH, json={"status": 503})

    answer = await client.post("/count")

    assert (answer.status, counter.effects) == (503, 0)


@pytest.mark.parametrize(("drop", "effects"), [("before", 0), ("after", 1)])
async def test_a_dropped_connection_hides_whether_it_happened(client, counter, drop, effects):
    """The client sees the same cut in both cases; only the effect differs."""
    await client.post(FAULTS_PATH, json={"drop": drop})

    with pytest.raises(aiohttp.ServerDisconnectedError):
        await client.post("/count")

    assert counter.effects == effects


async def test_a_dropped_refusal_is_not_seen_either(client, counter):
    """Handlers raise refusals; a cut connection hides those as well."""
    counter.refusal = web.HTTPConflict()
    await client.post(FAULTS_PATH, json={"drop": "after"})

    with pytest.raises(aiohttp.ServerDisconnectedError):
        await client.post("/count")


async def test_latency_passes_after_the_effect(client, counter):
    """A client that times out has still caused the effect."""
    await client.post(FAULTS_PATH, json={"latencyMs": 5000})

    with pytest.raises(TimeoutError):
        await client.post("/count", timeout=aiohttp.ClientTimeout(total=0.2))

    assert counter.effects == 1


async def test_latency_is_added_to_the_answer(client):
    """A slow service is slow and still right."""
    await client.post(FAULTS_PATH, json={"latencyMs": 50})
    started = time.monotonic()

    answer = await client.post("/count")

    assert answer.status == 200
    assert time.monotonic() - started >= 0.05


async def test_a_counted_fault_ends(client):
    """Failing twice, then working, is the commonest thing to test a retry with."""
    await client.post(FAULTS_PATH, json={"status": 500, "count": 2})

    statuses = [(await client.post("/count")).status for _ in range(3)]

    assert statuses == [500, 500, 200]


async def test_a_fault_for_another_operation_leaves_this_one_alone(client):
    """Faults are aimed."""
    await client.post(FAULTS_PATH, json={"operation": "divide", "status": 500})

    assert (await client.post("/count")).status == 200


async def test_faults_can_be_listed_and_cleared(client):
    """A test can see what fired and must be able to clean up."""
    await client.post(FAULTS_PATH, json={"operation": "count", "status": 500})
    await client.post("/count")

    listed = (await (await client.get(FAULTS_PATH)).json())["faults"]
    cleared = await client.delete(FAULTS_PATH)

    assert [(fault["operation"], fault["fired"]) for fault in listed] == [("count", 1)]
    assert cleared.status == 204
    assert (await client.post("/count")).status == 200


async def test_faults_of_one_kind_are_cleared_and_others_stay(client):
    """Whoever shares an emulator takes back its own faults only."""
    for operation in ("count", "divide"):
        await client.post(FAULTS_PATH, json={"operation": operation, "status": 500})

    cleared = await client.delete(f"{FAULTS_PATH}?operation=count")

    listed = (await (await client.get(FAULTS_PATH)).json())["faults"]
    assert cleared.status == 204
    assert [fault["operation"] for fault in listed] == ["divide"]


async def test_clearing_by_what_no_fault_matches_on_is_refused(client):
    """A misspelt name would leave a fault in force, in silence."""
    cleared = await client.delete(f"{FAULTS_PATH}?operatoin=count")

    assert cleared.status == 400
    assert "operatoin" in (await cleared.json())["error"]


@pytest.mark.parametrize(
    ("fault", "named"),
    [
        ({"statsu": 500}, "statsu"),
        ({"status": 200}, "status"),
        ({"status": 500.5}, "status"),
        ({"drop": "maybe"}, "drop"),
        ({"status": 500, "drop": "after"}, "status"),
        ({"status": 500, "count": 0}, "count"),
        ({"status": 500, "rate": 2}, "rate"),
        ({"operation": "count"}, "needs"),
        ({"operation": "cuont", "status": 500}, "operation"),
        ([], "object"),
    ],
)
async def test_what_is_no_fault_is_refused_by_name(client, fault, named):
    """A mistyped fault that does nothing would make a chaos test pass for no reason."""
    answer = await client.post(FAULTS_PATH, json=fault)

    assert answer.status == 400
    assert named in (await answer.json())["error"]


def test_the_same_seed_meets_the_same_faults():
    """A run with random faults can be repeated."""

    def outcomes():
        plan = FaultPlan(fields=(), seed=7)
        plan.add({"status": 500, "rate": 0.5})
        return [plan.draw({}) is not None for _ in range(100)]

    first = outcomes()

    assert first == outcomes()
    assert {True, False} == set(first)
