"""Letters: events that cannot be taken in or sent as they are, kept until someone settles them."""

import re
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from enum import StrEnum
from hashlib import sha256

_NO_TIME = "00000000T000000Z"
_ID = re.compile(r"[0-9]{8}T[0-9]{6}Z-[0-9a-f]{32}")


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
    """The id of the letter of an event: the same for whoever gives the event up, however often.

    Ids sort by *at*, the time of the event; those of events without one come first.
    """
    # JSON may hold halves of surrogate pairs, which UTF-8 proper has no bytes for.
    identity = (source + "\n" + event_id).encode("utf-8", "surrogatepass")
    digest = sha256(identity).hexdigest()[:32]
    return f"{_moment(at)}-{digest}"


def letter_id_of_bytes(original: bytes) -> str:
    """The id of the letter of an event without a name: it is known by what it is."""
    return letter_id(None, "", sha256(original).hexdigest())


def is_letter_id(text: str) -> bool:
    """Whether *text* is spelt as :func:`letter_id` spells ids."""
    return _ID.fullmatch(text) is not None


def _moment(at: datetime | None) -> str:
    if at is None:
        return _NO_TIME
    try:
        utc = at.astimezone(UTC)
    except OverflowError:  # within hours of the year 1 or 9999, which some clients send for "never"
        return _NO_TIME
    # %Y does not pad years before 1000.
    return f"{utc.year:04}{utc:%m%dT%H%M%SZ}"
