"""Which items of a container a feed covers, and how much of them fits one page."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from emulators.cosmos.epk import effective_key
from emulators.cosmos.errors import Unsupported
from emulators.cosmos.exchange import Call
from emulators.cosmos.handlers import optional_key
from emulators.cosmos.item_store import StoredItem
from emulators.cosmos.store import Container

MAX_PAGE_BYTES: Final = 4 * 1024 * 1024
_DEFAULT_PAGE: Final = 100
_HASH_VERSION: Final = 2
_LARGEST_PAGE: Final = 1000


@dataclass(frozen=True, slots=True)
class Range:
    """The part of a container a request is about: one partition, an interval of them, or all."""

    container: Container
    key: str | None
    start: str = ""
    end: str = "FF"

    @property
    def is_everything(self) -> bool:
        return self.key is None and (self.start, self.end) == ("", "FF")

    def alive(self, items: Iterator[StoredItem], now: float) -> Iterator[StoredItem]:
        """Those of *items* that are within the range and have not expired."""
        default_ttl = self.container.default_ttl
        for item in items:
            if item.expires_at(default_ttl) > now and self._covers(item.pk):
                yield item

    def _covers(self, key: str) -> bool:
        return self.is_everything or self.key == key or self._holds(key)

    def _holds(self, key: str) -> bool:
        if self.key is not None:
            return False
        point = effective_key(key)
        # A client that means one partition sends an empty interval: its key, and its key again.
        return self.start <= point < self.end or point == self.start == self.end


def range_of(call: Call, container: Container) -> Range:
    """The range that a request's headers name.

    Raises:
        Unsupported: it is an interval of hashes of another version than ours.
    """
    key = optional_key(call, container)
    if "x-ms-start-epk" not in call.headers and "x-ms-end-epk" not in call.headers:
        return Range(container, key)
    if container.body["partitionKey"].get("version") != _HASH_VERSION:
        raise Unsupported("feed ranges of a container whose partition key is not of version 2")
    start = call.headers.get("x-ms-start-epk", "")
    return Range(container, key, start, call.headers.get("x-ms-end-epk", "FF"))


def page_size(call: Call) -> int:
    """How many items the client wants at most; -1 leaves it to the service."""
    wanted = call.number("x-ms-max-item-count", _DEFAULT_PAGE)
    return wanted if 0 < wanted <= _LARGEST_PAGE else _LARGEST_PAGE


def feed_text(container: Container, documents: list[str]) -> str:
    """The body of a page; each document is JSON text already."""
    rows = ",".join(documents)
    return f'{{"_rid":"{container.rid}","Documents":[{rows}],"_count":{len(documents)}}}'
