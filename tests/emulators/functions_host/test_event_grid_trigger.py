"""The Event Grid webhook: who may deliver, what functions receive, what Event Grid is told."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from emulators.functions_host import keys
from tests.emulators.functions_host.harness import Client, HostProcess, start_host, write_app

WEBHOOK = "/runtime/webhooks/EventGrid"
NOTIFICATION = {"aeg-event-type": "Notification"}
APP = """
@app.event_grid_trigger(arg_name="event")
def placed(event: func.EventGridEvent):
    record("event", event.id, event.subject, event.event_time.year, event.get_json()["total"])


@app.event_grid_trigger(arg_name="event")
def cloud(event: func.CloudEvent):
    record("cloud", event.id, event.source, event.get_json()["total"], event.extension_attrs)


@app.event_grid_trigger(arg_name="event")
def fails_on_two(event: func.EventGridEvent):
    record("seen", event.id)
    if event.id == "2":
        raise ValueError("two is too many")


@app.event_grid_trigger(arg_name="event")
async def meets(event: func.EventGridEvent):
    import asyncio
    Path(os.environ["RECORD_FILE"]).with_name(event.id).touch()
    other = Path(os.environ["RECORD_FILE"]).with_name("2" if event.id == "1" else "1")
    while not other.exists():
        await asyncio.sleep(0.01)


@app.event_grid_trigger(arg_name="events", cardinality="many")
def many(events: str):
    record("many", [event["id"] for event in json.loads(events)])


@app.event_grid_trigger(arg_name="event", cardinality="many")
def many_typed(event: func.EventGridEvent):
    pass


@app.event_grid_trigger(arg_name="event")
def raw(event: str):
    record("raw", json.loads(event)["id"])


@app.retry(strategy="fixed_delay", max_retry_count="2", delay_interval="00:00:00")
@app.event_grid_trigger(arg_name="event")
def third_time(event: func.EventGridEvent, context: func.Context):
    if context.retry_context.retry_count < 2:
        raise ValueError("not yet")
"""


@pytest.fixture(scope="module")
def host(tmp_path_factory: pytest.TempPathFactory) -> Iterator[HostProcess]:
    """One host for all tests here; each looks for lines of its own."""
    folder = tmp_path_factory.mktemp("event_grid")
    host = start_host(write_app(folder / "app", APP), folder)
    yield host
    host.kill()


@pytest.fixture
def client(host: HostProcess, session: aiohttp.ClientSession) -> Client:
    """Requests to that host."""
    return Client(host, session)


def event(id_: str, **changes: Any) -> dict[str, Any]:
    """An event as Event Grid delivers it."""
    return {
        "id": id_,
        "topic": "/topics/orders",
        "subject": "orders/42",
        "eventType": "OrderPlaced",
        "eventTime": "2026-01-02T03:04:05.1234567Z",
        "dataVersion": "1",
        "metadataVersion": "1",
        "data": {"total": 12},
        **changes,
    }


async def deliver(client: Client, function: str, body: Any) -> aiohttp.ClientResponse:
    """Deliver *body* to *function* as Event Grid does."""
    path = f"{WEBHOOK}?functionName={function}"
    return await client.request("POST", path, json=body, headers=NOTIFICATION)


async def test_delivers_an_event(client: Client, host: HostProcess):
    """The function receives the SDK's object, and Event Grid an acceptance."""
    response = await deliver(client, "placed", [event("e1")])

    assert response.status == 202
    assert "event e1 orders/42 2026 12" in host.recorded


async def test_delivers_a_single_event_without_an_array(client: Client, host: HostProcess):
    """Some senders do not wrap it."""
    response = await deliver(client, "placed", event("e2"))

    assert response.status == 202
    assert "event e2 orders/42 2026 12" in host.recorded


async def test_delivers_a_cloud_event_with_its_extensions(client: Client, host: HostProcess):
    """The schema of the event decides, as in the SDK's converter."""
    cloud = {"specversion": "1.0", "id": "c1", "source": "/shop", "type": "placed"}

    response = await deliver(client, "cloud", cloud | {"data": {"total": 3}, "tenant": "a"})

    assert response.status == 202
    assert "cloud c1 /shop 3 {'tenant': 'a'}" in host.recorded


async def test_runs_every_event_and_reports_one_failure(client: Client, host: HostProcess):
    """Event Grid then delivers the whole batch again, so handlers have to be idempotent."""
    response = await deliver(client, "fails_on_two", [event("1"), event("2"), event("3")])

    assert response.status == 500
    assert "ValueError: two is too many" in await response.text()
    assert {"seen 1", "seen 2", "seen 3"} <= set(host.recorded)


async def test_runs_events_of_one_request_in_parallel(client: Client):
    """Each of the two waits for the other."""
    response = await deliver(client, "meets", [event("1"), event("2")])

    assert response.status == 202


async def test_hands_all_events_over_at_once_when_asked_to(client: Client, host: HostProcess):
    """Cardinality many works in Python only as JSON text."""
    response = await deliver(client, "many", [event("m1"), event("m2")])

    assert response.status == 202
    assert "many ['m1', 'm2']" in host.recorded


async def test_cannot_hand_many_over_as_one_object(client: Client):
    """The SDK's converter knows no arrays: the real worker loads it and fails at every event."""
    response = await deliver(client, "many_typed", [event("m1")])

    assert response.status == 500
    assert "AttributeError" in await response.text()


async def test_hands_json_text_to_a_str_parameter(client: Client, host: HostProcess):
    """A str annotation makes the binding generic to the worker."""
    response = await deliver(client, "raw", event("r1"))

    assert response.status == 202
    assert "raw r1" in host.recorded


async def test_answers_after_the_retries_of_the_function(client: Client):
    """A retry policy runs inside the request, before Event Grid hears of a failure."""
    response = await deliver(client, "third_time", event("t1"))

    assert response.status == 202


@pytest.mark.parametrize(
    "body",
    [
        [event("v", data={"validationCode": "code-1"})],
        event("v", data='{"validationCode": "code-1"}'),
        event("v", data={"validationCode": "code-1"}),
    ],
)
async def test_validates_a_subscription(client: Client, body: Any):
    """Event Grid creates a subscription only after this handshake."""
    headers = {"AEG-Event-Type": "subscriptionVALIDATION"}

    response = await client.request(
        "POST", f"{WEBHOOK}?functionName=placed", json=body, headers=headers
    )

    assert response.status == 200
    assert await response.json() == {"validationResponse": "code-1"}


@pytest.mark.parametrize(
    ("origin", "allowed"),
    [
        ("eventgrid.azure.us", "eventgrid.azure.us"),
        ("elsewhere.example", "eventgrid.azure.net"),
        ("", "eventgrid.azure.net"),
    ],
)
async def test_shakes_hands_for_cloud_events(client: Client, origin: str, allowed: str):
    """Only Event Grid itself is let in."""
    headers = {"WebHook-Request-Origin": origin}

    response = await client.request("OPTIONS", f"{WEBHOOK}?functionName=placed", headers=headers)

    assert response.status == 200
    assert response.headers["WebHook-Allowed-Origin"] == allowed
    assert await response.read() == b""


@pytest.mark.parametrize(("kind", "status"), [("Unsubscribe", 202), ("Other", 400), ("", 400)])
async def test_knows_the_kinds_of_requests(client: Client, kind: str, status: int):
    """Whatever is neither event nor handshake is refused."""
    response = await client.request(
        "POST", f"{WEBHOOK}?functionName=placed", json=[], headers={"aeg-event-type": kind}
    )

    assert response.status == status


@pytest.mark.parametrize("name", ["missing", "PLACED", ""])
async def test_says_which_function_it_cannot_find(client: Client, name: str):
    """Names of functions mind their case here, unlike elsewhere in the host."""
    response = await deliver(client, name, [event("e")])

    assert response.status == 404
    assert await response.text() == f"cannot find function: '{name}'"


async def test_knows_the_extension_in_any_case_and_no_other(client: Client):
    """Published URLs write it both ways."""
    path = "/runtime/webhooks/{}?functionName=placed"

    statuses = [
        (
            await client.request("POST", path.format(name), json=event("x"), headers=NOTIFICATION)
        ).status
        for name in ("eventgrid", "EVENTGRID", "unknown")
    ]

    assert statuses == [202, 202, 404]


async def test_opens_for_the_system_key_only(tmp_path: Path, session: aiohttp.ClientSession):
    """Function and host keys open functions, not webhooks; OPTIONS is no exception."""
    host = start_host(write_app(tmp_path / "app", APP), tmp_path, "--enforce-keys")
    client, path = Client(host, session), f"{WEBHOOK}?functionName=placed&code="
    opening = [keys.EVENT_GRID_SYSTEM_KEY, keys.MASTER_KEY]
    closed = ["", keys.HOST_KEY, keys.DURABLE_SYSTEM_KEY, keys.function_key("placed")]

    statuses = [(await client.request("OPTIONS", path + key)).status for key in [*opening, *closed]]

    assert statuses == [200, 200, 401, 401, 401, 401]
    host.kill()
