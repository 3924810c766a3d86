"""What listing a customer's orders relies on, held by the fake and by Cosmos DB."""

import asyncio
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import quote
from uuid import uuid4

import pytest

from shared.adapters.continuation_tokens import seal
from shared.adapters.cosmos_customer_orders import CosmosCustomerOrders
from shared.domain.errors import UnknownContinuation
from shared.domain.order import OrderStatus
from shared.domain.order_summary import OrderSummary
from tests.builders import order
from tests.fakes import InMemoryCustomerOrders

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)


@pytest.fixture(params=["fake", "cosmos"])
def workers(request) -> Any:
    """Makes the port as one more worker has it, over the same data, in each implementation."""
    if request.param == "fake":
        shared = InMemoryCustomerOrders()
        return lambda: shared
    container = request.getfixturevalue("database").get_container_client("customer-orders")
    return lambda: CosmosCustomerOrders(container, concurrency=4)


@pytest.fixture
def listing(workers) -> Any:
    """The port in one worker."""
    return workers()


@pytest.fixture
def customer() -> str:
    """A customer that no other test knows."""
    return f"customer-{uuid4()}"


def summary(customer: str, minute: int = 0, **changes: Any) -> OrderSummary:
    """The summary of an order that *customer* placed some minutes after noon."""
    placed = order(
        ("MUG", 2),
        ("CUP", 1),
        id=str(uuid4()),
        customer_id=customer,
        placed_at=NOON + timedelta(minutes=minute),
    )
    return replace(OrderSummary.of(placed), **changes)


def confirmed(earlier: OrderSummary) -> OrderSummary:
    """The same order three changes later."""
    return replace(
        earlier,
        status=OrderStatus.CONFIRMED,
        updated_at=earlier.updated_at + timedelta(seconds=3),
        version=earlier.version + 3,
    )


async def stored(listing: Any, customer: str) -> list[OrderSummary]:
    """Everything there is of the customer."""
    return list((await listing.page(customer, 100, None)).items)


async def test_gives_back_exactly_what_was_stored(listing, customer):
    """Money, times and reasons must not change their shape on the way."""
    rejected = summary(customer, status=OrderStatus.REJECTED, reason="out-of-stock", version=2)

    await listing.put([rejected])

    assert await stored(listing, customer) == [rejected]


async def test_a_newer_version_replaces_what_changes(listing, customer):
    """The list follows the order."""
    pending = summary(customer)
    await listing.put([pending])

    await listing.put([confirmed(pending)])

    assert await stored(listing, customer) == [confirmed(pending)]


async def test_an_older_version_never_comes_back(workers, customer):
    """Another host delivers an old page late: the customer must not see a step back."""
    pending = summary(customer)
    await workers().put([confirmed(pending)])

    await workers().put([pending])

    assert await stored(workers(), customer) == [confirmed(pending)]


async def test_old_and_new_in_one_page_do_not_disturb_each_other(workers, customer):
    """One order that is known already must not keep the customer's others from the list."""
    known, late, new = (summary(customer, minute) for minute in range(3))
    await workers().put([known, confirmed(late)])

    await workers().put([confirmed(known), late, new])

    assert await stored(workers(), customer) == [new, confirmed(late), confirmed(known)]


async def test_several_versions_of_one_order_leave_the_newest(listing, customer):
    """In whichever order they come."""
    pending = summary(customer)

    await listing.put([confirmed(pending), pending])

    assert await stored(listing, customer) == [confirmed(pending)]


async def test_hosts_that_work_on_the_same_page_agree(workers, customer):
    """While a lease changes hands, two hosts have the same page."""
    pages = [[summary(customer, minute) for minute in range(5)]]
    pages.append([confirmed(one) for one in pages[0]])

    await asyncio.gather(*(workers().put(page) for page in pages * 3))

    assert await stored(workers(), customer) == pages[1][::-1]


async def test_more_orders_of_one_customer_than_a_batch_takes(listing, customer):
    """A page of the feed may be full of one customer's orders."""
    many = [summary(customer, minute) for minute in range(130)]

    await listing.put(many)

    first = await listing.page(customer, 100, None)
    rest = await listing.page(customer, 100, first.continuation)
    assert [*first.items, *rest.items] == many[::-1]


async def test_pages_go_from_the_newest_to_the_oldest(listing, customer):
    """Each order once, and an end."""
    many = [summary(customer, minute) for minute in range(7)]
    await listing.put(many)
    seen: list[OrderSummary] = []
    continuation = None

    while True:
        page = await listing.page(customer, 3, continuation)
        seen += page.items
        continuation = page.continuation
        if continuation is None:
            break

    assert seen == many[::-1]


async def test_customers_do_not_see_each_other(listing, customer):
    """A list is one customer's."""
    await listing.put([summary(customer), summary(f"other-{customer}")])

    assert [one.customer_id for one in await stored(listing, customer)] == [customer]


async def test_an_unknown_customer_has_no_orders(listing, customer):
    """Whether a customer exists is not ours to tell."""
    page = await listing.page(customer, 20, None)

    assert (list(page.items), page.continuation) == ([], None)


@pytest.mark.parametrize("token", ["", "garbled", "Z2FyYmxlZA", "%00", "é", "W10", "WyJhIiwiYiJd"])
async def test_a_garbled_continuation_is_refused(listing, customer, token):
    """Not answered with the first page as if nothing had happened."""
    await listing.put([summary(customer)])

    with pytest.raises(UnknownContinuation):
        await listing.page(customer, 1, token)


async def test_a_continuation_of_another_customer_is_refused(listing, customer):
    """It belongs to one listing."""
    await listing.put([summary(customer, minute) for minute in range(2)])
    first = await listing.page(customer, 1, None)
    assert first.continuation

    with pytest.raises(UnknownContinuation):
        await listing.page(f"other-{customer}", 1, first.continuation)


async def test_a_forged_continuation_is_refused_by_the_database(database, customer):
    """Whoever builds a token by hand gets no further than one who types at random."""
    container = database.get_container_client("customer-orders")
    listing = CosmosCustomerOrders(container, concurrency=4)
    await listing.put([summary(customer)])

    for forged in ("", "forged", '{"token": "forged"}', "[]"):
        with pytest.raises(UnknownContinuation):
            await listing.page(customer, 1, seal(customer, forged))


async def test_continuations_can_stand_in_a_url(database, customer):
    """As they are, without escaping."""
    container = database.get_container_client("customer-orders")
    listing = CosmosCustomerOrders(container, concurrency=4)
    await listing.put([summary(customer, minute) for minute in range(2)])

    page = await listing.page(customer, 1, None)

    assert page.continuation
    assert quote(page.continuation, safe="") == page.continuation
