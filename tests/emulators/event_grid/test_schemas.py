"""What is an event of which schema, and what is none."""

import json
from contextlib import suppress

import pytest
from azure.core.exceptions import HttpResponseError
from azure.core.messaging import CloudEvent
from hypothesis import given, settings
from hypothesis import strategies as st

from emulators.event_grid.cloud_events import BATCH, JSON
from emulators.event_grid.config import Topic
from emulators.event_grid.errors import ServiceError
from emulators.event_grid.handlers import PublishRequest, parse_events
from tests.emulators.event_grid.conftest import CLOUD_EVENTS, TOPIC, event, subscription, topic
from tests.emulators.event_grid.raw import CLOUD_EVENT, GRID_EVENT, PATH, post


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


@settings(deadline=None)
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


async def test_custom_events_pass_as_they_are(start, hook):
    """Without an input mapping nothing is known of them."""
    grid = await start(topic(subscription(hook), inputSchema="CustomEventSchema"))

    await grid.publish({"anything": ["goes"]})
    [received] = await hook.wait_for(1)

    assert received == {"anything": ["goes"]}
