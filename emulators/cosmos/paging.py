"""Pages of a result: what fits one, and the token that the next one begins behind."""

import base64
import json
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final, TypeAlias

from emulators.cosmos.documents import size_of
from emulators.cosmos.errors import BadRequest
from emulators.cosmos.feeds import MAX_PAGE_BYTES, Range

_MOST_KEYS: Final = 2**63
_MOST_ROWS: Final = 2**31


@dataclass(frozen=True, slots=True)
class Place:
    """Between two rows: which part of a container, which item in it, which row of that item.

    A row that is not of one item counts as of item 0.
    """

    part: int = 0
    key: int = 0
    count: int = 0


Row: TypeAlias = tuple[Place, str]


@dataclass(frozen=True, slots=True)
class Page:
    """Some rows of a result, as JSON texts, and where it goes on."""

    within: Range
    texts: list[str]
    goes_on: Place | None


def page_of(rows: Iterator[Row], parts: Sequence[Range], part: int, most: int) -> Page:
    """The next page: of one range, as in the service, even when that has no rows at all."""
    page: list[Row] = []
    room = MAX_PAGE_BYTES
    for row in rows:
        room -= size_of(row[1])
        if len(page) == most or (page and room < 0):
            return Page(parts[part], _texts(page), page[-1][0])
        page.append(row)
    return Page(parts[part], _texts(page), Place(part + 1) if part + 1 < len(parts) else None)


def _texts(page: list[Row]) -> list[str]:
    return [text for _, text in page]


class Token:
    """Continuation tokens of one query: a place in its result, bound to its text."""

    def __init__(self, text: str) -> None:
        self._mark = zlib.crc32(text.encode("utf-8", "replace"))

    def write(self, place: Place) -> str:
        parts = [self._mark, place.part, place.key, place.count]
        return base64.b64encode(json.dumps(parts).encode()).decode()

    def read(self, token: str | None, parts: int) -> Place:
        """The place a page begins behind, in one of that many *parts*.

        Raises:
            BadRequest: the token is damaged or of another query.
        """
        # Tokens of the service itself name an item of another account: nothing comes before it.
        if not token or token.startswith("-RID:"):
            return Place()
        try:
            mark, part, key, count = map(int, json.loads(base64.b64decode(token, validate=True)))
        except (ValueError, TypeError):
            mark, part, key, count = -1, 0, 0, 0
        valid = 0 <= part < parts and 0 <= key < _MOST_KEYS and 0 <= count < _MOST_ROWS
        if mark != self._mark or not valid:
            raise BadRequest("Invalid Continuation Token")
        return Place(part, key, count)
