"""The change feed in latest-version mode: items in the order of their last write."""

import time
from collections.abc import Iterable, Sequence
from datetime import UTC
from email.utils import parsedate_to_datetime
from typing import TypeVar

from emulators.cosmos import charges
from emulators.cosmos.errors import BadRequest
from emulators.cosmos.exchange import Call, Reply, container_headers
from emulators.cosmos.feeds import Range, feed_text, page_size, range_of
from emulators.cosmos.handlers import container_of
from emulators.cosmos.item_store import StoredItem
from emulators.cosmos.store import Container, Store
from emulators.cosmos.versions import Version

Change = TypeVar("Change", StoredItem, Version)


def read_change_feed(store: Store, call: Call) -> Reply:
    """The next page of changes, or 304 when there are none.

    Either answer has an etag, the LSN to go on from. 304 is never said while a newer change waits.
    """
    container = container_of(store, call)
    within, after, since = range_of(call, container), _start(call, container), _since(call)
    changed = store.items.changed_since(container.number, within.extent, after)
    recent = (item for item in within.alive(changed, time.time()) if item.ts >= since)
    page = page_of(recent, page_size(call))
    return _reply(within, page)


def _start(call: Call, container: Container) -> int:
    return place_of(call, container) if "if-none-match" in call.headers else 0


def place_of(call: Call, container: Container) -> int:
    """The LSN in the etag of an earlier answer; ``*`` is where the container is now.

    Raises:
        BadRequest: the etag is none of the feed's.
    """
    etag = call.headers["if-none-match"]
    if etag == "*":
        return container.lsn
    digits = etag.strip('"')
    if not digits.isdecimal() or len(digits) > 18:
        raise BadRequest(f"The etag {etag!r} is not one of the change feed.")
    return int(digits)


def _since(call: Call) -> float:
    moment = call.headers.get("if-modified-since")
    if moment is None or "if-none-match" in call.headers:
        return 0
    try:
        return parsedate_to_datetime(moment).replace(tzinfo=UTC).timestamp()
    except ValueError:
        raise BadRequest(f"If-Modified-Since is no date: {moment!r}.") from None


def page_of(items: Iterable[Change], most: int) -> list[Change]:
    """Up to *most* items, and beyond that what was written together with the last of them."""
    page: list[Change] = []
    for item in items:
        if len(page) >= most and item.lsn != page[-1].lsn:
            break
        page.append(item)
    return page


def _reply(within: Range, page: list[StoredItem]) -> Reply:
    texts = [f'{item.body[:-1]},"_lsn":{item.lsn}}}' for item in page]
    return page_reply(within, page, texts, sum(charges.read(len(item.body)) for item in page))


def page_reply(within: Range, page: Sequence[Change], texts: list[str], charge: float) -> Reply:
    """The answer with *page*, written as *texts*; without changes 304, with where to go on."""
    container = within.container
    headers = container_headers(container, within.range_id)
    if not page:
        headers["etag"] = f'"{container.lsn}"'
        return Reply(304, charge=charges.NOT_MODIFIED, headers=headers)
    headers |= {"etag": f'"{page[-1].lsn}"', "x-ms-item-count": str(len(page))}
    return Reply(200, feed_text(container, texts), charge, headers)
