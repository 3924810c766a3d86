"""Documents of the change feed, whole and broken."""

from datetime import UTC, datetime
from typing import Any

import azure.functions as func
import pytest

from shared.adapters.cosmos_documents import event_document, order_document
from shared.adapters.order_feed import events_in, orders_in
from shared.domain.order import OrderStatus
from tests.builders import order

NOW = datetime(2026, 11, 23, 12, 0, 1, tzinfo=UTC)
SYSTEM = {"_rid": "x", "_self": "x", "_etag": "x", "_ts": 1, "_lsn": 7}


def feed(*documents: dict[str, Any]) -> func.DocumentList:
    """A page as the worker hands it over."""
    return func.DocumentList([func.Document.from_dict(one | SYSTEM) for one in documents])


def test_reads_orders_and_events_in_the_order_of_the_feed():
    """With the properties that the service adds."""
    placed = order()
    reserved, event = placed.advance(OrderStatus.RESERVED, NOW)

    page = feed(event_document(placed.submitted()), order_document(reserved), event_document(event))

    assert list(events_in(page).items) == [placed.submitted(), event]
    assert [one.status for one in orders_in(page).items] == [OrderStatus.RESERVED]
    assert not events_in(page).unreadable
    assert not orders_in(page).unreadable


@pytest.mark.parametrize(
    "fault",
    [{"at": None}, {"at": "soon"}, {"status": "Lost"}, {"number": None, "at": 5}],
)
def test_an_event_that_cannot_be_read_stands_aside(fault):
    """The rest of the page is as good as ever."""
    good, bad = order().submitted(), event_document(order().submitted()) | fault

    page = events_in(feed(bad, event_document(good)))

    assert list(page.items) == [good]
    assert [one.document_id for one in page.unreadable] == ["event-0001"]


def test_what_is_said_of_an_unreadable_order_holds_nothing_of_it():
    """It may be personal data."""
    broken = order_document(order()) | {"shippingAddress": {"name": "A. Person"}}

    (unreadable,) = orders_in(feed(broken)).unreadable

    assert unreadable.document_id == unreadable.order_id == broken["id"]
    assert "Person" not in unreadable.fault


def test_other_documents_are_left_alone():
    """A later version of the app may keep more beside its orders."""
    page = feed({"id": "note-1", "orderId": "order-1"}, {"id": "x"})

    for read in (orders_in(page), events_in(page)):
        assert (read.items, read.unreadable) == ([], [])
