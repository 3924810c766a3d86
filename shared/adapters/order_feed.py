"""Documents of the ``orders`` container, as its change feed brings them.

Documents of other kinds, which a later version may keep beside these, are passed over.
"""

from collections.abc import Callable, Iterable, Mapping
from typing import Any, TypeVar

from shared.adapters.cosmos_documents import (
    EVENT_ID_PREFIX,
    Document,
    event_from,
    order_from,
)
from shared.application.set_aside import FeedPage, Unreadable
from shared.domain.order import Order, OrderEvent

Item = TypeVar("Item")


def orders_in(documents: Iterable[Mapping[str, Any]]) -> FeedPage[Order]:
    """The orders among *documents*, as they were when the page was read."""
    chosen = (dict(one) for one in documents if one.get("id") == one.get("orderId"))
    return _read(chosen, order_from)


def events_in(documents: Iterable[Mapping[str, Any]]) -> FeedPage[OrderEvent]:
    """The events among *documents*."""
    chosen = (dict(one) for one in documents if str(one.get("id")).startswith(EVENT_ID_PREFIX))
    return _read(chosen, event_from)


def _read(documents: Iterable[Document], read: Callable[[Document], Item]) -> FeedPage[Item]:
    items: list[Item] = []
    unreadable: list[Unreadable] = []
    for document in documents:
        try:
            items.append(read(document))
        except (LookupError, TypeError, ValueError, AttributeError) as error:
            # The kind of fault, perhaps the name of a property, but no value.
            fault = f"{error} is missing" if isinstance(error, KeyError) else type(error).__name__
            place = str(document.get("orderId")), str(document.get("id"))
            unreadable.append(Unreadable(*place, fault))
    return FeedPage(items, unreadable)
