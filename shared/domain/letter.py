"""Letters: events that cannot be taken in or sent as they are, kept until someone settles them."""

from dataclasses import dataclass, replace
from datetime import UTC, datetime
from enum import StrEnum
from hashlib import sha256


class LetterState(StrEnum):
    """Stored and public: add members, never rename."""

    WAITING = "waiting"
    """Came before what it is about; the app tries it again by itself."""
    DEAD = "dead"
    """Nothing more happens to it until a person replays or discards it."""
    APPLIED = "applied"
    """Waited, or was replayed, and was taken in."""
    DISCARDED = "discarded"
    """A person decided that it is not to be taken in."""


@dataclass(frozen=True, slots=True)
class Letter:
    """What is known of an event that went astray. Its original bytes are kept beside it.

    ``id`` is derived from the event, so that an event which arrives again is the same letter, and
    sorts by the time of the event.
    """

    id: str
    state: LetterState
    reason: str
    """A stable code."""
    detail: str
    """The same for people."""
    at: datetime
    """When it became a letter, or changed its state."""
    origin: str
    """Who gave it up: ``intake``, ``relay`` or ``event-grid``."""
    event_id: str = ""
    event_type: str = ""
    source: str = ""

    def now(self, state: LetterState, at: datetime, reason: str = "", detail: str = "") -> "Letter":
        """The letter in another state; why it was kept stays unless there is a new reason."""
        return replace(
            self,
            state=state,
            at=at,
            reason=reason or self.reason,
            detail=detail or self.detail,
        )


def letter_id(at: datetime | None, source: str, event_id: str) -> str:
    """The id of the letter for an event of that time, source and id; ids sort by time."""
    time = at.astimezone(UTC).strftime("%Y%m%dT%H%M%SZ") if at else "00000000T000000Z"
    digest = sha256((source + "\n" + event_id).encode()).hexdigest()
    return f"{time}-{digest[:32]}"
