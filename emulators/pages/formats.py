"""Times, durations and payloads for people."""

import json
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

# What is longer is cut until somebody asks for all of it.
PAYLOAD_CHARACTERS: Final = 4000
_SHORT_CHARACTERS: Final = 60
_UNITS: Final = (("d", 86_400), ("h", 3_600), ("min", 60), ("s", 1))


@dataclass(frozen=True, slots=True)
class Payload:
    """A text to show, and how many characters of it are not shown."""

    text: str
    missing: int = 0


def duration(length: timedelta) -> str:
    """*length* in its one or two largest units."""
    seconds = max(length.total_seconds(), 0.0)
    if seconds < 1:
        return f"{seconds * 1000:.0f} ms"
    if seconds < 60:
        return f"{seconds:.1f} s"
    rest, parts = int(seconds), []
    for unit, size in _UNITS:
        count, rest = divmod(rest, size)
        parts.append((count, unit))
    first = next(index for index, (count, _) in enumerate(parts) if count)
    return " ".join(f"{count} {unit}" for count, unit in parts[first : first + 2] if count)


def stamp(moment: datetime) -> str:
    """Date and time, to the second."""
    return moment.strftime("%Y-%m-%d %H:%M:%S")


def clock(moment: datetime) -> str:
    """The time of day, to the millisecond."""
    return moment.strftime("%H:%M:%S.%f")[:-3]


def payload(text: str | None, *, whole: bool) -> Payload | None:
    """JSON *text* made readable, and cut unless the *whole* is wanted."""
    return None if text is None else cut(readable(text), whole=whole)


def cut(text: str, *, whole: bool) -> Payload:
    """*text*, or where that is too long its beginning."""
    if whole or len(text) <= PAYLOAD_CHARACTERS:
        return Payload(text)
    return Payload(text[:PAYLOAD_CHARACTERS], len(text) - PAYLOAD_CHARACTERS)


def readable(text: str) -> str:
    """JSON *text* indented; the SDKs wrap what they send in a text once more, which is undone."""
    value = _unwrapped(text)
    return json.dumps(value, indent=2, ensure_ascii=False)


def exact(text: str) -> str:
    """JSON *text* indented, as it is."""
    return json.dumps(_parsed(text), indent=2, ensure_ascii=False)


def line(text: str) -> str:
    """JSON *text*, or its beginning, on one line, cut."""
    try:
        return first_line(json.dumps(json.loads(text), ensure_ascii=False))
    except ValueError:
        return first_line(f"{text}…")


def plain(text: str | None) -> str:
    """The text that JSON *text* holds, with its line breaks; other values as JSON."""
    value = _unwrapped(text or "null")
    return value if isinstance(value, str) else json.dumps(value, indent=2, ensure_ascii=False)


def short(text: str | None) -> str:
    """JSON *text* on one line, cut."""
    return "" if text is None else first_line(_compact(text))


def fits(text: str) -> bool:
    """Whether :func:`short` leaves nothing of JSON *text* out."""
    return short(text) == _compact(text)


def _compact(text: str) -> str:
    value = _unwrapped(text)
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def first_line(text: str) -> str:
    """The first line of *text*, cut."""
    line = next(iter(text.strip().splitlines()), "")
    return line if len(line) <= _SHORT_CHARACTERS else f"{line[:_SHORT_CHARACTERS].rstrip()}…"


def _unwrapped(text: str) -> Any:
    value = _parsed(text)
    return _parsed(value) if isinstance(value, str) else value


def _parsed(text: str) -> Any:
    try:
        return json.loads(text)
    except ValueError:
        return text
