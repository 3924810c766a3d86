"""Which events say something, and what the others are told."""

import json
from datetime import timedelta
from typing import Any

import pytest

from shared.application.events.envelope import read, split
from shared.application.events.understanding import MAX_EVENT_BYTES, Event, Poison, Understanding
from tests.builders import submission_json
from tests.events import NOW, SOURCE, adjusted, cloud_event, delivery, event_grid_event, submitted

ADJUSTED = "Inventory.StockAdjusted"
DATA = {"sku": "MUG", "delta": 1}
UNDERSTANDING = Understanding(frozenset({SOURCE}), lambda: NOW)


def understood(event: Any) -> Event | Poison:
    """One event, read from its JSON."""
    return UNDERSTANDING.one(json.dumps(event).encode())


@pytest.mark.parametrize("schema", [cloud_event, event_grid_event])
def test_both_schemas_say_the_same(schema):
    """Which one a topic uses is the sender's choice."""
    event = understood(schema(ADJUSTED, DATA, id="e-1"))

    assert isinstance(event, Event)
    assert event.envelope.id == "e-1"
    assert event.envelope.source == SOURCE
    assert event.envelope.time == NOW
    assert event.message.model_dump() == {"sku": "MUG", "delta": 1}


def test_data_may_be_in_base64():
    """CloudEvents carries any bytes so; ours have to be JSON."""
    event = cloud_event(ADJUSTED, None, data_base64="eyJza3UiOiAiTVVHIiwgImRlbHRhIjogMX0=")
    del event["data"]

    assert isinstance(understood(event), Event)


def test_a_cloud_event_without_a_time_is_of_now():
    """The attribute is optional, so its absence is no reason to lose anything."""
    event = cloud_event(ADJUSTED, DATA)
    del event["time"]

    assert isinstance(understood(event), Event)


def test_a_sender_may_say_more_than_we_know():
    """New optional fields come without a new version."""
    assert isinstance(understood(cloud_event(ADJUSTED, DATA | {"shelf": "A7"})), Event)


def missing(event: dict[str, Any], name: str) -> dict[str, Any]:
    """The event without one of its attributes."""
    return {key: value for key, value in event.items() if key != name}


@pytest.mark.parametrize(
    ("event", "reason", "words"),
    [
        (7, "not-an-event", "no JSON object"),
        ({}, "not-an-event", "specversion"),
        (missing(submitted(), "id"), "not-an-event", "id: Field required"),
        (submitted(specversion="0.3"), "not-an-event", "specversion"),
        (submitted(time="yesterday"), "not-an-event", "time"),
        (submitted(id=""), "not-an-event", "id"),
        (submitted(id="\ud800"), "not-an-event", "id"),
        (event_grid_event(ADJUSTED, DATA, eventTime=None), "not-an-event", "eventTime"),
        (submitted(source="urn:somebody"), "unknown-source", "urn:somebody"),
        (cloud_event("Orders.OrderForgotten", {}), "unknown-type", "Orders.OrderForgotten"),
        (adjusted("MUG", 1, dataschema="urn:other"), "unknown-version", "urn:other"),
        (event_grid_event(ADJUSTED, DATA, dataVersion="2"), "unknown-version", "2 is not"),
        (missing(submitted(), "data"), "invalid-data", "no data"),
        (submitted(data="text"), "invalid-data", "OrderSubmission"),
        (adjusted("MUG", 2.5), "invalid-data", "delta"),  # type: ignore[arg-type]
        (adjusted("MUG", float("nan")), "invalid-data", "delta"),  # type: ignore[arg-type]
        (adjusted("MUG", 10**30), "invalid-data", "delta"),
        (adjusted("no such/sku", 1), "invalid-data", "sku"),
        (submitted(data=submission_json(lines=[])), "invalid-data", "lines"),
        (cloud_event(ADJUSTED, None, data_base64="?"), "not-an-event", "data_base64"),
        (submitted(time=(NOW + timedelta(days=1)).isoformat()), "from-the-future", "2026-11-24"),
        (submitted(time=(NOW - timedelta(days=366)).isoformat()), "too-old", "2025-11-22"),
        (adjusted("MUG", 1, filler="x" * MAX_EVENT_BYTES), "too-large", "at most 524288"),
    ],
)
def test_what_is_wrong_is_named(event, reason, words):
    """The person who finds the dead letter has to know what to mend, and whom to ask."""
    poison = understood(event)

    assert isinstance(poison, Poison)
    assert poison.why.code == reason
    assert words in str(poison.why)


def test_a_reason_does_not_repeat_what_the_event_said():
    """It is shown and logged; an address has no business there."""
    data = submission_json()
    data["shippingAddress"]["postalCode"] = "SECRET STREET 1, SOMEWHERE ELSE"

    poison = understood(submitted(data=data))

    assert isinstance(poison, Poison)
    assert "postalCode" in str(poison.why)
    assert "SECRET" not in str(poison.why)


def test_each_event_is_kept_as_it_stood_in_its_delivery():
    """Written anew, an event would lose its spelling: of numbers, escapes, doubled names."""
    texts = ['{"a": 1.50,  "a": "\\u00e9"}', "7", '"[,]"', "[ ]", "NaN"]

    assert list(split(" [ " + " ,\n ".join(texts) + " ] ")) == texts


def test_a_single_event_may_come_without_an_array():
    """Structured CloudEvents do."""
    assert len(list(UNDERSTANDING.all_of(json.dumps(submitted())))) == 1


@pytest.mark.parametrize("text", ["", "[", "[1 2]", '["', "[1,,2]", "[1,2", "[" * 100_000])
def test_a_delivery_that_is_no_json_is_one_poison(text):
    """Where an event ends cannot be told, so all of it is kept."""
    (poison,) = UNDERSTANDING.all_of(text)

    assert isinstance(poison, Poison)
    assert poison.why.code == "not-json"
    assert poison.original == text.encode()


def test_an_empty_delivery_holds_nothing():
    """There is no reason to send one, nor to fall over it."""
    assert list(UNDERSTANDING.all_of(delivery())) == []


def test_an_event_that_is_nested_too_deeply_is_refused():
    """Python's parser gives up; the intake must not."""
    deep = '{"specversion": ' + "[" * 100_000 + "]" * 100_000 + "}"

    assert isinstance(UNDERSTANDING.one(deep.encode()), Poison)


def test_bytes_that_are_no_text_are_refused():
    """A replayed letter may hold anything."""
    assert isinstance(UNDERSTANDING.one(b"\xff\xfe"), Poison)


def test_the_envelope_of_the_event_grid_schema_has_its_topic_as_source():
    """Each sender has a topic of its own, or shares it."""
    event = event_grid_event(ADJUSTED, DATA, topic="/subscriptions/s/topics/t")

    assert read(json.dumps(event)).source == "/subscriptions/s/topics/t"
