"""Reading the files in which Event Grid leaves what it could not deliver: one letter an event.

Source: https://learn.microsoft.com/azure/event-grid/manage-event-delivery (dead-letter events).
"""

import re
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from shared.application.json_elements import elements
from shared.application.ports import Undelivered
from shared.domain.letter import Letter, LetterState, letter_id, letter_id_of_bytes

ORIGIN = "event-grid"
UNREADABLE = "unreadable-dead-letter"
UNKNOWN_REASON = "not-delivered"


@dataclass(frozen=True, slots=True)
class _Names:
    """What each fact of an event is called."""

    id: str
    type: str
    source: str
    time: str
    reason: str
    attempts: str
    outcome: str
    tried_at: str


_CLOUD_EVENT = _Names(
    id="id",
    type="type",
    source="source",
    time="time",
    reason="deadletterreason",
    attempts="deliveryattempts",
    outcome="lastdeliveryoutcome",
    tried_at="lastdeliveryattempttime",
)
_EVENT_GRID_EVENT = _Names(
    id="id",
    type="eventType",
    source="topic",
    time="eventTime",
    reason="deadLetterReason",
    attempts="deliveryAttempts",
    outcome="lastDeliveryOutcome",
    tried_at="lastDeliveryAttemptTime",
)


def letters_of(file: Undelivered, at: datetime) -> list[tuple[Letter, bytes]]:
    """A letter for each event of *file*, with the bytes of that event just as they stand there.

    A file that is no list of events is one letter by itself.
    """
    try:
        text = file.content.decode("utf-8-sig")
        return [_letter(event, original, at) for event, original in elements(text)]
    except ValueError as error:
        return [(_unreadable(file, at, str(error)), file.content)]


def _letter(event: Any, text: str, at: datetime) -> tuple[Letter, bytes]:
    facts = _texts(event)
    names = _CLOUD_EVENT if "specversion" in facts else _EVENT_GRID_EVENT
    original = text.encode()
    id_, source = facts.get(names.id, ""), facts.get(names.source, "")
    if id_:
        letter = letter_id(_time(facts.get(names.time, "")), source, id_)
    else:
        letter = letter_id_of_bytes(original)
    return Letter(
        id=letter,
        state=LetterState.DEAD,
        reason=_code(facts.get(names.reason, "")) or UNKNOWN_REASON,
        detail=_detail(facts, names),
        at=at,
        origin=ORIGIN,
        event_id=id_,
        event_type=facts.get(names.type, ""),
        source=source,
    ), original


def _unreadable(file: Undelivered, at: datetime, why: str) -> Letter:
    return Letter(
        id=letter_id_of_bytes(file.content),
        state=LetterState.DEAD,
        reason=UNREADABLE,
        detail=f"Event Grid's file {file.name} is no list of events: {why}",
        at=at,
        origin=ORIGIN,
    )


def _detail(facts: Mapping[str, str], names: _Names) -> str:
    attempts = facts.get(names.attempts, "some")
    outcome = facts.get(names.outcome, "unknown")
    tried_at = facts.get(names.tried_at, "an unknown time")
    return f"Given up after {attempts} attempts; the last, at {tried_at}, ended with {outcome}"


def _code(text: str) -> str:
    """``MaxDeliveryAttemptsExceeded`` as all other reasons are written."""
    words = re.findall(r"[A-Z]?[a-z0-9]+|[A-Z]+(?![a-z])", text)
    return "-".join(words).lower()


def _time(text: str) -> datetime | None:
    with suppress(ValueError):
        time = datetime.fromisoformat(text)
        return time if time.tzinfo else None
    return None


def _texts(event: Any) -> Mapping[str, str]:
    """The properties of an event that are texts or numbers."""
    properties: Mapping[str, Any] = event if isinstance(event, Mapping) else {}
    return {name: value for name, value in properties.items() if isinstance(value, str)}
