import json
from collections import Counter
from datetime import UTC, datetime
from decimal import Decimal

import pytest

from devstack.catalogue import stock_shelves
from devstack.mail import Mail, batches, order_event, order_id, write_mail
from devstack.retail import Invoice, Row
from shared.application.events.understanding import Event, Poison, Understanding
from shared.domain.identity import derive_order_id

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)
INVOICES = [
    Invoice(str(n), (Row(str(n), "MUG", "Mug", 1, Decimal("2.50"), "17850", "EIRE"),))
    for n in range(500)
]


@pytest.fixture(scope="module")
def mail() -> Mail:
    """What is published of five hundred invoices."""
    return write_mail(INVOICES, stock_shelves(INVOICES), NOW)


def test_every_order_is_published_and_a_tenth_of_them_twice(mail):
    """An event that was forgotten would look like an order that the app lost."""
    poison = {bad.id for bad in mail.poison}
    times = Counter(event["id"] for event in mail.events if event["id"] not in poison)

    assert set(times) == {f"invoice-{n}" for n in range(500)}
    assert Counter(times.values()) == {1: 450, 2: 50}
    assert (mail.orders, mail.duplicates) == (500, 50)


def test_one_event_in_a_hundred_is_poison_of_every_kind_in_turn(mail):
    """Each kind has to be found out by another check of the app."""
    assert [bad.id for bad in mail.poison] == [
        "poison-0-no-data",
        "poison-1-unknown-type",
        "poison-2-unknown-source",
        "poison-3-wrong-data",
        "poison-4-dated-in-a-year",
    ]


def test_few_invoices_have_poison_and_duplicates_as_well():
    """A run of a dozen invoices should show what a run of thousands does."""
    mail = write_mail(INVOICES[:3], stock_shelves(INVOICES), NOW)

    assert (mail.orders, mail.duplicates, len(mail.poison)) == (3, 1, 1)


def test_without_invoices_there_is_nothing_to_publish():
    """A file may have nothing but cancellations."""
    assert list(write_mail([], {}, NOW).events) == []


def test_the_app_refuses_all_poison_for_the_reason_given_and_nothing_else(mail):
    """The run expects exactly these dead letters; a wrong reason would blame the app."""
    understanding = Understanding(frozenset({"urn:online-retail"}), lambda: NOW)
    expected = {bad.id: bad.reason for bad in mail.poison}

    understood = understanding.all_of(json.dumps(mail.events))

    pairs = list(zip(mail.events, understood, strict=True))
    refused = {event["id"]: it.why.code for event, it in pairs if isinstance(it, Poison)}
    assert refused == expected
    assert sum(isinstance(it, Event) for _, it in pairs) == 550


def test_the_events_are_shuffled_the_same_way_every_time(mail):
    """A failure that depends on the order has to come again; another seed is another order."""
    products = stock_shelves(INVOICES)
    numbers = [event["subject"] for event in mail.events]

    again = write_mail(INVOICES, products, NOW)
    other = write_mail(INVOICES, products, NOW, seed=1)

    assert again.events == mail.events
    assert other.events != mail.events
    assert numbers != sorted(numbers, key=int)


def test_the_sender_knows_the_id_of_the_order():
    """It is derived from the source and the id of the event, so there is nothing to wait for."""
    event = order_event(INVOICES[0], stock_shelves(INVOICES), NOW)

    assert order_id(INVOICES[0]) == derive_order_id(event["source"], event["id"])


def test_a_request_holds_no_more_events_than_it_may(mail):
    """Event Grid takes or refuses a request as a whole."""
    requests = list(batches(mail.events, most_events=100))

    assert [len(request) for request in requests] == [100] * 5 + [55]
    assert [event for request in requests for event in request] == list(mail.events)


def test_a_request_is_no_larger_than_it_may_be():
    """A megabyte is soon full of orders with two thousand lines."""
    events = [{"id": str(n), "data": "x" * 300} for n in range(10)]

    requests = list(batches(events, most_bytes=1_000))

    assert all(len(json.dumps(request).encode()) <= 1_000 for request in requests)
    assert [len(request) for request in requests] == [3, 3, 3, 1]


def test_an_event_that_is_too_large_goes_alone():
    """It is for the topic to refuse, and no reason to hold back its neighbours."""
    small, large = {"id": "small"}, {"id": "large", "data": "x" * 2_000}

    assert list(batches([small, large, small], most_bytes=1_000)) == [[small], [large], [small]]
