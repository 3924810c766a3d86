"""Publishing through the SDK, and what the service refuses."""

import json
from contextlib import suppress
from datetime import UTC, datetime, timedelta

import pytest
from azure.core.credentials import AzureKeyCredential, AzureSasCredential
from azure.core.exceptions import (
    ClientAuthenticationError,
    HttpResponseError,
    ResourceNotFoundError,
)
from azure.core.messaging import CloudEvent
from azure.eventgrid import EventGridPublisherClient, generate_sas
from hypothesis import given
from hypothesis import strategies as st

from emulators.event_grid.authentication import authenticate
from emulators.event_grid.cloud_events import BATCH, JSON
from emulators.event_grid.config import DEFAULT_KEY, Topic
from emulators.event_grid.errors import ServiceError, UnauthorizedError
from emulators.event_grid.handlers import PublishRequest, parse_events
from tests.emulators.event_grid.conftest import CLOUD_EVENTS, TOPIC, event, subscription, topic
from tests.emulators.processes import EmulatorProcess

PATH = "/orders/api/events?api-version=2018-01-01"
OTHER_KEY = "b3RoZXI="
CLOUD_EVENT = {"specversion": "1.0", "id": "1", "source": "/shop", "type": "Order.Submitted"}
GRID_EVENT = {
    "id": "1",
    "subject": "s",
    "eventType": "t",
    "dataVersion": "1",
    "data": {},
    "eventTime": "2026-01-01T00:00:00.1234567Z",
}


def token(grid, key=DEFAULT_KEY, topic_name=TOPIC, minutes=5):
    """A shared access signature."""
    expiry = datetime.now(UTC) + timedelta(minutes=minutes)
    return generate_sas(grid.endpoint(topic_name), key, expiry)


async def post(grid, document, content_type="application/json", path=PATH, **headers):
    """Publish *document* as it is; the status and the error."""
    body = document if isinstance(document, bytes) else json.dumps(document)
    headers = {"aeg-sas-key": DEFAULT_KEY, "Content-Type": content_type, **headers}
    async with await grid.post(path, body, **headers) as answer:
        text = await answer.text()
        return answer.status, json.loads(text)["error"]["message"] if text else ""


def test_the_synchronous_client_publishes_to_a_process(tmp_path):
    """The whole way an application takes: command line, configuration file, real sockets."""
    config = tmp_path / "events.json"
    config.write_text(json.dumps({"topics": [topic()]}), encoding="utf-8")

    with EmulatorProcess("event_grid", tmp_path, "--config", str(config)) as emulator:
        endpoint = f"{emulator.url}/orders/api/events"
        with EventGridPublisherClient(endpoint, AzureKeyCredential(DEFAULT_KEY)) as client:
            client.send([event()])
            client.send(event())
        with (
            EventGridPublisherClient(endpoint, AzureKeyCredential(OTHER_KEY)) as client,
            pytest.raises(ClientAuthenticationError),
        ):
            client.send(event())


async def test_a_shared_access_signature_opens_its_topic(start):
    """What a publisher gets that must not know the key."""
    grid = await start(topic())

    async with grid.client(AzureSasCredential(token(grid))) as client:
        await client.send(event())

    assert (await grid.stats())["published"] == 1


async def test_a_signature_may_also_come_as_authorization(start):
    """The service documents both headers."""
    grid = await start(topic())
    authorization = f"SharedAccessSignature {token(grid)}"

    async with await grid.post(
        PATH, json.dumps([GRID_EVENT]), Authorization=authorization
    ) as answer:
        status = answer.status

    assert status == 415  # authorized, and then without a content type


@pytest.mark.parametrize(
    ("problem", "options"),
    [
        ("has expired", {"minutes": -1}),
        ("does not match", {"key": OTHER_KEY}),
        ("for another resource", {"topic_name": "stock"}),
    ],
)
async def test_a_wrong_signature_says_what_is_wrong(start, problem, options):
    """An expired token must not look like a wrong key."""
    grid = await start(topic(), topic(name="stock"))
    credential = AzureSasCredential(token(grid, **options))

    async with grid.client(credential) as client:
        with pytest.raises(ClientAuthenticationError, match=problem):
            await client.send(event())


async def test_a_wrong_key_is_refused(start):
    """Nothing may be published on the strength of a guess."""
    grid = await start(topic())

    async with grid.client(AzureKeyCredential(OTHER_KEY)) as client:
        with pytest.raises(ClientAuthenticationError, match="the key is not the topic's"):
            await client.send(event())


async def test_a_request_without_credentials_is_refused(start):
    """And told which headers would do."""
    grid = await start(topic())

    async with await grid.post(PATH, "[]") as answer:
        status, error = answer.status, (await answer.json())["error"]

    assert (status, error["code"]) == (401, "Unauthorized")
    assert "aeg-sas-token, aeg-sas-key" in error["details"][0]["message"]


async def test_an_unknown_topic_is_named(start):
    """A misspelt endpoint is the usual mistake; the SDK shows its own text in place of ours."""
    grid = await start(topic())

    with pytest.raises(ResourceNotFoundError):
        await grid.publish(event(), topic="ordres")
    _, message = await post(grid, [GRID_EVENT], path="/ordres/api/events")

    assert "'ordres'" in message


async def test_one_wrong_event_rejects_the_whole_request(start, hook):
    """All or nothing: a publisher may repeat the request as it is."""
    grid = await start(topic(subscription(hook)))

    status, message = await post(grid, [GRID_EVENT, {**GRID_EVENT, "subject": None}])

    stats = await grid.stats()
    assert (status, stats["published"], stats["queued"]) == (400, 0, 0)
    assert "'subject'" in message


@pytest.mark.parametrize(
    ("change", "named"),
    [
        ({"eventType": ""}, "'eventType'"),
        ({"dataVersion": 1}, "'dataVersion'"),
        ({"eventTime": "yesterday"}, "eventTime"),
        ({"topic": "/subscriptions/else"}, "topic"),
        ({"metadataVersion": "2"}, "metadataVersion"),
        ({"source": "x"}, "'source'"),
    ],
)
async def test_a_wrong_event_grid_event_is_told_apart(start, change, named):
    """The message has to lead to the mistake."""
    grid = await start(topic())

    status, message = await post(grid, [{**GRID_EVENT, **change}])

    assert status == 400
    assert named in message


@pytest.mark.parametrize(
    ("change", "named"),
    [
        ({"specversion": "0.3"}, "specversion"),
        ({"source": ""}, "'source'"),
        ({"time": "12:00"}, "time"),
        ({"Tenant": "x"}, "'Tenant'"),
        ({"tenant": {"a": 1}}, "tenant"),
        ({"subject": ""}, "subject"),
        ({"data_base64": "?"}, "data_base64"),
        ({"data_base64": "eA==", "data": 1}, "not both"),
    ],
)
async def test_a_wrong_cloud_event_is_told_apart(start, change, named):
    """As with the other schema."""
    grid = await start(topic(inputSchema=CLOUD_EVENTS))

    status, message = await post(
        grid, [{**CLOUD_EVENT, **change}], "application/cloudevents-batch+json"
    )

    assert status == 400
    assert named in message


@pytest.mark.parametrize("body", [b"", b"{", b"[NaN]", b"[1e999]", b"[" * 100_000, b"[]", b"[1]"])
async def test_what_is_no_array_of_events_is_refused(start, body):
    """Whatever is sent, the answer is an error document."""
    grid = await start(topic())

    status, message = await post(grid, body)

    assert status == 400
    assert message


anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=6,
)
names = st.sampled_from([*GRID_EVENT, *CLOUD_EVENT, "time", "topic", "data_base64", "Tenant"])
changes = st.dictionaries(names, anything, max_size=3)


@given(change=changes, schema=st.sampled_from(["EventGridSchema", CLOUD_EVENTS]))
def test_no_event_breaks_the_parser(change, schema):
    """Whatever publishers send is accepted, and can be delivered, or refused with a reason."""
    of_topic = Topic.model_validate(topic(inputSchema=schema))
    valid, kind = (CLOUD_EVENT, BATCH) if schema == CLOUD_EVENTS else (GRID_EVENT, JSON)
    body = json.dumps([{**valid, **change}]).encode()

    with suppress(ServiceError):
        [parsed] = parse_events(PublishRequest(TOPIC, PATH, {}, {}, kind, body), of_topic)
        assert json.loads(parsed.text)["id"] == parsed.id
        parsed.id.encode()


async def test_json_too_deep_to_be_handled_is_refused(start):
    """At any depth: it must not break the delivery later on."""
    grid = await start(topic())

    for depth in (190, 210, 500, 900, 990, 100_000):
        nested = b"[" * depth + b"]" * depth
        body = json.dumps([GRID_EVENT]).encode().replace(b'"data": {}', b'"data": ' + nested)
        status, _ = await post(grid, body)
        assert status == (200 if depth < 200 else 400)


@pytest.mark.parametrize("key", ["\udcff", "", "key with spaces"])
def test_a_key_of_nonsense_is_refused(key):
    """Like any other wrong key."""
    with pytest.raises(UnauthorizedError):
        authenticate({"aeg-sas-key": key}, {}, PATH, DEFAULT_KEY, datetime.now(UTC))
    with pytest.raises(UnauthorizedError):
        authenticate({"aeg-sas-token": f"{key}&s={key}"}, {}, PATH, DEFAULT_KEY, datetime.now(UTC))


async def test_each_topic_takes_its_own_schema_only(start):
    """A topic's schema is fixed; the SDK would send either."""
    grid = await start(topic(), topic(name="cloud", inputSchema=CLOUD_EVENTS))

    for name, wrong in [(TOPIC, CloudEvent("/shop", "t")), ("cloud", event())]:
        with pytest.raises(HttpResponseError) as refused:
            await grid.publish(wrong, topic=name)
        assert refused.value.status_code == 400


@pytest.mark.parametrize(
    ("content_type", "headers", "body", "data"),
    [
        ("application/cloudevents+json", {}, {**CLOUD_EVENT, "data": [1]}, {"data": [1]}),
        ("application/json", {}, {**CLOUD_EVENT, "data": [1]}, {"data": [1]}),
        ("application/json", {"ce-subject": "caf%C3%A9"}, [1], {"data": [1], "subject": "café"}),
        ("text/plain", {"ce-x": "y"}, b"hello", {"data": "hello", "x": "y"}),
        ("image/png", {"ce-x": "y"}, b"\x89", {"data_base64": "iQ=="}),
    ],
)
async def test_single_cloud_events_come_in_two_modes(
    start, hook, content_type, headers, body, data
):
    """Other publishers than the SDK send structured or binary mode."""
    grid = await start(topic(subscription(hook), inputSchema=CLOUD_EVENTS))
    if headers:
        headers |= {f"ce-{name}": value for name, value in CLOUD_EVENT.items()}

    status, _ = await post(grid, body, content_type, **headers)
    [received] = await hook.wait_for(1)

    assert status == 200
    assert received["id"] == "1"
    assert data.items() <= received.items()


async def test_a_request_over_one_megabyte_is_refused(start):
    """The SDK does not split batches: the application has to."""
    grid = await start(topic())

    with pytest.raises(HttpResponseError) as refused:
        await grid.publish(event(data={"text": "x" * 1_100_000}))

    assert refused.value.status_code == 413


async def test_custom_events_pass_as_they_are(start, hook):
    """Without an input mapping nothing is known of them."""
    grid = await start(topic(subscription(hook), inputSchema="CustomEventSchema"))

    await grid.publish({"anything": ["goes"]})
    [received] = await hook.wait_for(1)

    assert received == {"anything": ["goes"]}


async def test_another_api_version_is_refused_by_name(start):
    """Rather than answered as if it were the one that is known."""
    grid = await start(topic())

    status, message = await post(
        grid, [GRID_EVENT], path="/orders/api/events?api-version=2019-01-01"
    )

    assert status == 501
    assert "2019-01-01" in message
