"""The change feed of one container, page by page."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from azure.cosmos.aio import ContainerProxy

FeedRange = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Page:
    """Changed items in feed order, and where to go on after them."""

    items: list[dict[str, Any]]
    continuation: str


class ChangeFeed:
    """Latest versions only: deletes are not in it."""

    def __init__(
        self, container: ContainerProxy, start: str | datetime, most_items: int | None
    ) -> None:
        self._container = container
        self._start = start
        self._most_items = most_items

    async def ranges(self) -> list[FeedRange]:
        """The parts of the feed, each with an order of its own."""
        return [dict(one) async for one in self._container.read_feed_ranges()]

    async def first_continuation(self, feed_range: FeedRange) -> str | None:
        """Where a feed begins that nobody has read; None if the start itself says so.

        "Now" has to be remembered at once, or what changes until the first page would be lost.
        """
        return (await self.read(feed_range, None)).continuation if self._start == "Now" else None

    async def read(self, feed_range: FeedRange, continuation: str | None) -> Page:
        """The next page, empty if nothing has changed."""
        # The SDK puts the continuation into the headers it hands to the hook, after the hook; its
        # page iterator has none as long as nothing has changed.
        headers: list[Any] = []
        options = self._options(feed_range, continuation)
        options["response_hook"] = lambda received, _: headers.append(received)
        pages = self._container.query_items_change_feed(**options).by_page()
        items = [item async for page in _first(pages) async for item in page]
        return Page(items, str(headers[-1]["etag"]))

    def _options(self, feed_range: FeedRange, continuation: str | None) -> dict[str, Any]:
        options: dict[str, Any] = {}
        if continuation is None:
            options |= {"feed_range": feed_range, "start_time": self._start}
        else:
            options["continuation"] = continuation
        if self._most_items is not None:
            options["max_item_count"] = self._most_items
        return options


async def _first(pages: Any) -> Any:
    """At most one of *pages*: the next one is read only when this one is done with."""
    async for page in pages:
        yield page
        return
