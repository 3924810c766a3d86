"""Events as they were published, whatever their schema."""

import json
import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from emulators.event_grid.errors import InvalidEventsError

# Of a request, and so of an event.
MAX_BYTES: Final = 1024 * 1024
# Far below what Python's own recursion could not read or write again.
MAX_DEPTH: Final = 200
_TIME: Final = re.compile(r"\d{4}-\d\d-\d\d[Tt ]\d\d:\d\d:\d\d(\.\d+)?([Zz]|[+-]\d\d:\d\d)?")

Document = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Event:
    """One event: *text* is its JSON as it is stored, *attributes* its members by lower-case name.

    What a schema lacks, or the event leaves out, is an empty text.
    """

    id: str
    type: str
    subject: str
    attributes: Mapping[str, Any]
    text: str

    @classmethod
    def of(cls, document: Document, type_name: str) -> "Event":
        """The event that *document* is; its type is the member *type_name*.

        Raises:
            InvalidEventsError: it cannot be stored.
        """
        _check_depth(document)
        return cls(
            id=_text(document.get("id")),
            type=_text(document.get(type_name)),
            subject=_text(document.get("subject")),
            attributes={name.lower(): value for name, value in document.items()},
            text=json.dumps(document, separators=(",", ":")),
        )


def _text(value: Any) -> str:
    if not isinstance(value, str):
        return ""
    try:
        value.encode()
    except UnicodeEncodeError as error:
        # JSON can escape half a surrogate pair, which is no text.
        raise InvalidEventsError(f"{json.dumps(value)[:80]} is not Unicode text.") from error
    return value


def _check_depth(document: Document) -> None:
    level: list[Any] = [document]
    for _ in range(MAX_DEPTH):
        level = [
            member
            for container in level
            for member in (container.values() if isinstance(container, dict) else container)
            if isinstance(member, dict | list)
        ]
        if not level:
            return
    raise InvalidEventsError(f"The JSON of an event is nested more than {MAX_DEPTH} deep.")


def parse_json(body: bytes) -> Any:
    """What *body* holds.

    Raises:
        InvalidEventsError: it is no JSON.
    """
    try:
        return json.loads(body, parse_constant=_refuse, parse_float=_finite)
    except (ValueError, RecursionError) as error:
        raise InvalidEventsError(f"The body is not JSON: {error}") from error


def _refuse(name: str) -> None:
    raise ValueError(f"{name} is no JSON number")


def _finite(text: str) -> float:
    number = float(text)
    if math.isinf(number):
        raise ValueError(f"{text} is too large a number")
    return number


def is_time(value: object) -> bool:
    """Whether *value* is a date and time as in RFC 3339, the offset being optional."""
    if not isinstance(value, str) or not _TIME.fullmatch(value):
        return False
    try:
        # Seven digits of a second, as .NET writes them, are more than Python reads.
        datetime.fromisoformat(re.sub(r"\.\d+", "", value.upper()))
    except ValueError:
        return False
    return True
