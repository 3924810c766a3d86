"""Finding payments without their ids: search, and lists by time."""

import pytest
import stripe

from emulators.payments.search import parse_query
from tests.emulators.payments.orders import authorization


async def found(intents, query, **options):
    """The ids of all payments the query finds."""
    result = await intents.search_async({"query": query, **options})
    return [intent.id async for intent in result.auto_paging_iter()]


async def order(intents, order_id, **changes):
    """A payment of the order."""
    return await intents.create_async(authorization(metadata={"orderId": order_id}, **changes))


async def test_finds_the_payment_of_an_order(intents):
    """After a lost answer and a forgotten key, this is the only way to it."""
    mine = await order(intents, "42")
    await order(intents, "43")

    assert await found(intents, "metadata['orderId']:'42'") == [mine.id]
    assert await found(intents, "metadata['orderId']:'44'") == []


async def test_clauses_are_joined(intents):
    """Only what still holds money is of interest to a clean-up."""
    held, captured = await order(intents, "42"), await order(intents, "42", amount=900)
    await intents.capture_async(captured.id)
    of_order = 'metadata["orderId"]:"42"'

    assert await found(intents, f"{of_order} AND status:'requires_capture'") == [held.id]
    assert await found(intents, f"status:'succeeded' AND {of_order}") == [captured.id]
    assert await found(intents, f"{of_order} amount<1000 AND currency:'GBP'") == [captured.id]


async def test_pages_through_all_that_is_found(intents):
    """A search over a bad day has more than one page of payments."""
    made = [(await order(intents, "42")).id for _ in range(5)]

    first = await intents.search_async({"query": "metadata['orderId']:'42'", "limit": 2})

    assert (first.has_more, bool(first.next_page)) == (True, True)
    assert [intent.id async for intent in first.auto_paging_iter()] == made[::-1]


async def test_search_lags_behind_as_at_stripe(payments, intents, clock):
    """Who reads after writing by search must see it go wrong here, not in production."""
    await payments.tell("clock", searchDelaySeconds=60)
    held = await order(intents, "42")
    at_once = await found(intents, "metadata['orderId']:'42'")
    clock.now += 60
    await intents.capture_async(held.id)

    assert at_once == []
    assert await found(intents, "status:'requires_capture'") == [held.id]
    assert await found(intents, "status:'succeeded'") == []
    clock.now += 60
    assert await found(intents, "status:'succeeded'") == [held.id]


@pytest.mark.parametrize(
    "query",
    [
        "customer:'cus_1'",
        "-status:'succeeded'",
        "status:'succeeded' OR status:'canceled'",
        "metadata['orderId']~'4'",
        "metadata['a\"b']:'4'",
        "status:'succeeded' AND ",
    ],
)
async def test_what_the_search_does_not_know_is_refused(intents, query):
    """A clause that is read over would find far too much."""
    with pytest.raises(stripe.APIError, match="does not support the search clause"):
        await intents.search_async({"query": query})


def test_quotes_inside_values_are_values():
    """Metadata can hold anything; it never becomes part of a statement."""
    assert parse_query(r"metadata['orderId']:'a\'b;--'") == [
        ("json_extract(document, '$.metadata.\"orderId\"') = ? COLLATE NOCASE", ["a'b;--"])
    ]


async def test_lists_by_time_of_creation(intents, clock):
    """A daily reconciliation asks for its day."""
    made = []
    for _ in range(4):
        made.append(await intents.create_async(authorization()))
        clock.now += 100
    first, last = made[1].created, made[2].created

    listed = await intents.list_async({"created": {"gte": first, "lte": last}, "limit": 1})

    ids = [intent.id async for intent in listed.auto_paging_iter()]
    assert ids == [made[2].id, made[1].id]
