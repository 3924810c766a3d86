"""Event Grid's files, and the letters in them."""

import json
from datetime import UTC, datetime
from typing import Any

import pytest

from shared.application.ports import Undelivered
from shared.application.undelivered import letters_of
from shared.domain.letter import Letter, LetterState, is_letter_id, letter_id

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)
NAME = "ORDERS/2026/11/23/5/0f0f.json"

CLOUD_EVENT = {
    "specversion": "1.0",
    "id": "1",
    "source": "urn:online-retail",
    "type": "OrderSubmitted",
    "time": "2026-11-22T10:00:00.7459577Z",
    "deadletterreason": "MaxDeliveryAttemptsExceeded",
    "deliveryattempts": 30,
    "lastdeliveryoutcome": "NotFound",
    "publishtime": "2026-11-22T10:00:01Z",
    "lastdeliveryattempttime": "2026-11-23T05:30:00Z",
    "data": {"customerId": "ada"},
}
EVENT_GRID_EVENT = {
    "id": "2",
    "topic": "/subscriptions/1/topics/warehouse",
    "subject": "",
    "eventType": "StockAdjusted",
    "eventTime": "2026-11-22T11:00:00+01:00",
    "dataVersion": "1",
    "deadLetterReason": "TimeToLiveExceeded",
    "deliveryAttempts": 3,
    "lastDeliveryOutcome": "TimedOut",
    "lastDeliveryAttemptTime": "2026-11-23T05:30:00Z",
    "data": {},
}


def read(content: bytes | str) -> list[tuple[Letter, bytes]]:
    """The letters of a file with that content."""
    raw = content if isinstance(content, bytes) else content.encode()
    return letters_of(Undelivered(NAME, raw, "v1"), NOW)


def test_each_event_is_a_letter_that_says_why_it_was_not_delivered():
    """Both schemas tell the same, in other words."""
    (first, _), (second, _) = read(json.dumps([CLOUD_EVENT, EVENT_GRID_EVENT]))

    assert first == Letter(
        id=letter_id(datetime(2026, 11, 22, 10, tzinfo=UTC), "urn:online-retail", "1"),
        state=LetterState.DEAD,
        reason="max-delivery-attempts-exceeded",
        detail="Given up after 30 attempts; the last, at 2026-11-23T05:30:00Z, ended with NotFound",
        at=NOW,
        origin="event-grid",
        event_id="1",
        event_type="OrderSubmitted",
        source="urn:online-retail",
    )
    assert (second.reason, second.event_id, second.event_type, second.source) == (
        "time-to-live-exceeded",
        "2",
        "StockAdjusted",
        "/subscriptions/1/topics/warehouse",
    )
    assert second.id.startswith("20261122T100000Z-")


@pytest.mark.parametrize(
    "elements",
    [
        ['{"id":"1","data":{"price":1.10,"big":1e400,"id":1,"id":2}}'],
        ['{ "id" : "1" ,\t"data" : "Zoë \\u00e9 \\ud83d\\ude00 \\ud800" }', '{"id":"2"}'],
        ['{"id":"1","n":' + "9" * 5_000 + "}", "null", '"[,]"', "-1.5", "[[],{}]"],
        [],
    ],
)
@pytest.mark.parametrize("between", [",", " ,\r\n\t", "\n, "])
def test_keeps_the_text_of_each_event_to_the_letter(elements, between):
    """What a program would write again is not what was sent: order, numbers, escapes, spaces."""
    file = f" [{between[0] if between[0] != ',' else ''}{between.join(elements)}\n] \n"

    originals = [original.decode() for _, original in read(file)]

    assert originals == elements


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"not json",
        b'{"id": "1"}',
        b'[{"id": "1"}',
        b'[{"id": "1"},]',
        b'[{"id": "1"}] and more',
        b'[{"id": "1"} {"id": "2"}]',
        b"[,]",
        b"[\xff]",
        b"[" * 100_000,
    ],
)
def test_a_file_that_is_no_list_of_events_is_one_letter(content):
    """Nothing is lost, and somebody is told."""
    ((letter, original),) = read(content)

    assert original == content
    assert (letter.state, letter.reason) == (LetterState.DEAD, "unreadable-dead-letter")
    assert NAME in letter.detail
    assert is_letter_id(letter.id)


def test_a_byte_order_mark_is_no_obstacle():
    """Some writers cannot leave it out."""
    (_, original), *_ = read(b"\xef\xbb\xbf" + json.dumps([CLOUD_EVENT]).encode())

    assert json.loads(original) == CLOUD_EVENT


@pytest.mark.parametrize(
    "event",
    [
        {},
        None,
        7,
        {"id": 7, "time": 7, "specversion": "1.0", "source": None, "type": ["x"]},
        {"id": "1", "eventTime": "yesterday", "topic": "t"},
        {"id": "1", "eventTime": "2026-11-22T10:00:00", "topic": "t"},
        {"id": "\ud800", "eventTime": "0001-01-01T00:00:00Z", "deadLetterReason": "?!"},
    ],
)
def test_the_worst_event_is_still_a_letter(event: Any):
    """Events get here because something is wrong with them, or with us."""
    ((letter, original),) = read(json.dumps([event]))

    assert is_letter_id(letter.id)
    assert letter.reason == "not-delivered"
    assert json.loads(original) == event


def test_reading_a_file_again_makes_the_same_letters():
    """A run that was cut short begins again, on another worker at another time."""
    content = json.dumps([CLOUD_EVENT, EVENT_GRID_EVENT, {}, 7])

    ids = [letter.id for letter, _ in read(content)]

    assert len(set(ids)) == 4
    assert [letter.id for letter, _ in read(content)] == ids
