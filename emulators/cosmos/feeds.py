"""Which items of a container a feed covers, and how much of them fits one page."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from emulators.cosmos.errors import BadRequest
from emulators.cosmos.exchange import Call
from emulators.cosmos.handlers import optional_key
from emulators.cosmos.item_extent import Extent
from emulators.cosmos.item_store import StoredItem
from emulators.cosmos.ranges import range_named
from emulators.cosmos.store import Container

MAX_PAGE_BYTES: Final = 4 * 1024 * 1024
_DEFAULT_PAGE: Final = 100
_HEXADECIMAL: Final = re.compile("[0-9A-Fa-f]*")
_LARGEST_PAGE: Final = 1000


@dataclass(frozen=True, slots=True)
class Range:
    """The part of a container a request is about: one partition, an interval of them, or all."""

    container: Container
    extent: Extent

    @property
    def is_partial(self) -> bool:
        """Whether it is some of the container's ranges, or part of one."""
        return self.extent.pk is None and not self.extent.is_everything

    @property
    def parts(self) -> list["Range"]:
        """It, range by range, as far as it is over all of several."""
        if not self.extent.is_everything or len(self.container.ranges) == 1:
            return [self]
        extents = (Extent(part.start, part.end) for part in self.container.ranges)
        return [Range(self.container, extent) for extent in extents]

    @property
    def range_id(self) -> str:
        """The physical range that has it, or where it begins."""
        for part in self.container.ranges:
            if part.holds(self.extent.start):
                return part.id
        return self.container.ranges[0].id

    def alive(self, items: Iterator[StoredItem], now: float) -> Iterator[StoredItem]:
        """Those of *items* that have not expired."""
        default_ttl = self.container.default_ttl
        return (item for item in items if item.expires_at(default_ttl) > now)


def of_partition(container: Container, key: str) -> Range:
    """One logical partition, by its canonical key."""
    return Range(container, container.extent_of(key))


def range_of(call: Call, container: Container) -> Range:
    """The part of *container* that a request's headers name.

    An interval of effective keys decides alone: the physical range beside it is where the client
    thinks that it lies, and for keys of version 1 the SDK for Python does not compare as we do.

    Raises:
        RangeGone: it is a physical range that the container does not have.
        BadRequest: it is no interval.
    """
    key = optional_key(call, container)
    if key is not None:
        return of_partition(container, key)
    if "x-ms-start-epk" in call.headers or "x-ms-end-epk" in call.headers:
        start, end = call.headers.get("x-ms-start-epk", ""), call.headers.get("x-ms-end-epk", "FF")
        return Range(container, Extent(_effective(start), _effective(end)))
    name = call.headers.get("x-ms-documentdb-partitionkeyrangeid")
    if name is None:
        return Range(container, Extent())
    # Older clients write the container's rid before the id.
    part = range_named(container.ranges, name.rpartition(",")[2])
    return Range(container, Extent(part.start, part.end))


def _effective(text: str) -> str:
    if not _HEXADECIMAL.fullmatch(text):
        raise BadRequest(f"{text!r} is not an effective partition key.")
    return text.upper()


def page_size(call: Call) -> int:
    """How many items the client wants at most; -1 leaves it to the service."""
    wanted = call.number("x-ms-max-item-count", _DEFAULT_PAGE)
    return wanted if 0 < wanted <= _LARGEST_PAGE else _LARGEST_PAGE


def feed_text(container: Container, documents: list[str]) -> str:
    """The body of a page; each document is JSON text already."""
    rows = ",".join(documents)
    return f'{{"_rid":"{container.rid}","Documents":[{rows}],"_count":{len(documents)}}}'
