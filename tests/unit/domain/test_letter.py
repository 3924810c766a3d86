"""Letters, and the ids that make an event that comes again the same letter."""

from datetime import UTC, datetime, timedelta, timezone

import pytest

from shared.domain.letter import is_letter_id, letter_id

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)
EARLIEST = datetime.min.replace(tzinfo=timezone(timedelta(hours=14)))


def test_the_id_of_an_events_letter_is_fixed_for_ever():
    """Stored letters are found by it: another derivation would make two of one event."""
    id_ = letter_id(NOON, "urn:a", "1")

    assert id_ == "20261123T120000Z-0df1b77b1ae0b7ee8e57f418089f4677"


def test_source_and_id_together_name_an_event():
    """Ids of events are unique within a source only, and no pair may pose as another."""
    ids = {letter_id(NOON, *event) for event in [("a", "1"), ("b", "1"), ("a", "2"), ("a1", "")]}

    assert len(ids) == 4


def test_ids_sort_by_the_time_of_the_event():
    """A listing in order of names is a listing in order of time, whatever the time zone."""
    times = [
        None,
        datetime(1, 1, 1, tzinfo=UTC),
        NOON - timedelta(seconds=1),
        NOON.astimezone(timezone(timedelta(hours=-8))),
        NOON + timedelta(seconds=1),
    ]

    ids = [letter_id(at, "urn:a", "1") for at in times]

    assert ids == sorted(ids)


@pytest.mark.parametrize(
    ("at", "source", "event_id"),
    [(NOON, "urn:a", "1"), (None, "", ""), (EARLIEST, "\ud800", "ü"), (NOON, "a\nb", "x" * 9999)],
)
def test_every_event_has_an_id(at, source, event_id):
    """Letters are made of the worst events there are."""
    assert is_letter_id(letter_id(at, source, event_id))


@pytest.mark.parametrize(
    "text",
    [
        "",
        "20261123T120000Z-",
        "20261123T120000Z-0DF1B77B1AE0B7EE8E57F418089F4677",
        "20261123T120000Z-0df1b77b1ae0b7ee8e57f418089f4677\n",
        "../20261123T120000Z-0df1b77b1ae0b7ee8e57f418089f4677",
        "\uff120261123T120000Z-0df1b77b1ae0b7ee8e57f418089f4677",
    ],
)
def test_nothing_else_is_an_id(text):
    """What clients name becomes the name of a blob."""
    assert not is_letter_id(text)
