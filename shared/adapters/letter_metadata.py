"""How a letter's facts are written as blob metadata: ASCII, bounded, one fact a key."""

from collections.abc import Mapping
from contextlib import suppress
from datetime import UTC, datetime
from urllib.parse import quote, unquote

from shared.domain.letter import Letter, LetterState

# Metadata travels in headers, and a blob takes at most 8 KB of it, names included.
_LIMITS: Mapping[str, int] = {
    "state": 32,
    "reason": 256,
    "detail": 2048,
    "origin": 64,
    "eventid": 1024,
    "eventtype": 1024,
    "source": 1024,
}
# Besides letters, digits and "-._~"; everything else is percent-encoded.
_PLAIN = "/:@+"


def metadata_of(letter: Letter) -> dict[str, str]:
    """The metadata of the letter's blob; what is too long is cut off, what is empty left out."""
    facts = {
        "state": letter.state.value,
        "reason": letter.reason,
        "detail": letter.detail,
        "origin": letter.origin,
        "eventid": letter.event_id,
        "eventtype": letter.event_type,
        "source": letter.source,
    }
    encoded = {name: _encoded(text, _LIMITS[name]) for name, text in facts.items() if text}
    return encoded | {"at": letter.at.astimezone(UTC).isoformat()}


def letter_from(letter_id: str, metadata: Mapping[str, str] | None, modified: datetime) -> Letter:
    """The letter that *metadata* describes.

    One that a person put there by hand, without metadata, is dead since the blob was *modified*.
    """
    # Names of headers have no case, so neither has what storage gives back of them.
    facts = {name.lower(): unquote(text) for name, text in (metadata or {}).items()}
    return Letter(
        id=letter_id,
        state=_state(facts.get("state", "")),
        reason=facts.get("reason", ""),
        detail=facts.get("detail", ""),
        at=_time(facts.get("at", "")) or modified,
        origin=facts.get("origin", ""),
        event_id=facts.get("eventid", ""),
        event_type=facts.get("eventtype", ""),
        source=facts.get("source", ""),
    )


def _encoded(text: str, limit: int) -> str:
    text = text[:limit]
    encoded = quote(text, safe=_PLAIN, errors="replace")
    while len(encoded) > limit:
        # A character takes at most twelve places; cutting characters never halves an escape.
        text = text[: -max(1, (len(encoded) - limit) // 12)]
        encoded = quote(text, safe=_PLAIN, errors="replace")
    return encoded


def _state(text: str) -> LetterState:
    # A state that only a newer version knows: replaying is harmless, not listing it is not.
    with suppress(ValueError):
        return LetterState(text)
    return LetterState.DEAD


def _time(text: str) -> datetime | None:
    with suppress(ValueError):
        return datetime.fromisoformat(text)
    return None
