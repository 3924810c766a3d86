from datetime import UTC, datetime, timedelta, timezone

from shared.domain.letter import letter_id

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)


def test_an_event_is_one_letter_whoever_gives_it_up():
    """Intake, relay and Event Grid itself may each give up the same event, more than once."""
    abroad = NOON.astimezone(timezone(timedelta(hours=2)))

    assert letter_id(NOON, "urn:orders", "a/1") == letter_id(abroad, "urn:orders", "a/1")
    assert letter_id(NOON, "urn:orders", "a/1").startswith("20261123T120000Z-")


def test_events_of_different_sources_are_different_letters():
    """Event ids are unique to their source only."""
    assert letter_id(NOON, "urn:a", "1") != letter_id(NOON, "urn:b", "1")


def test_events_without_a_time_come_first():
    """A garbled event has none, and is looked for first."""
    assert letter_id(None, "urn:orders", "a/1") < letter_id(NOON, "urn:orders", "a/1")
