"""Listing a customer's orders over HTTP."""

import json
from dataclasses import replace
from datetime import timedelta
from typing import Any

import azure.functions as func
import pytest

from shared.domain.order import OrderStatus
from shared.domain.order_summary import OrderSummary
from tests.builders import ORDER_ID, order
from tests.fakes import InMemoryCustomerOrders
from tests.unit.triggers.requests import problem_of
from triggers.http.customers import CustomersApi

CUSTOMER = "customer-17850"


@pytest.fixture
def listing() -> InMemoryCustomerOrders:
    """The read model, empty."""
    return InMemoryCustomerOrders()


@pytest.fixture
def api(listing) -> CustomersApi:
    """The API over it."""
    return CustomersApi(listing)


def ask(customer: str = CUSTOMER, **params: str) -> func.HttpRequest:
    """A ``GET /customers/{customerId}/orders``."""
    path = f"http://localhost/api/customers/{customer}/orders"
    route = {"customerId": customer}
    return func.HttpRequest("GET", path, params=params, route_params=route, body=b"")


def body_of(response: func.HttpResponse) -> Any:
    """The answer, which has to be a good one."""
    assert response.status_code == 200
    return json.loads(response.get_body())


async def place(listing: InMemoryCustomerOrders, count: int) -> None:
    """So many orders, a minute apart."""
    first = OrderSummary.of(order(("MUG-BLUE", 2), ("CUP", 1)))
    for number in range(count):
        placed_at = first.placed_at + timedelta(minutes=number)
        await listing.put([replace(first, order_id=f"order-{number}", placed_at=placed_at)])


async def test_shows_each_order_on_a_line(api, listing):
    """What a list needs, and the way to the rest."""
    await listing.put([OrderSummary.of(order(("MUG-BLUE", 2), ("CUP", 1)))])

    body = body_of(await api.list_orders(ask()))

    assert body == {
        "customerId": CUSTOMER,
        "orders": [
            {
                "id": ORDER_ID,
                "status": "Pending",
                "placedAt": "2026-11-23T12:00:00+00:00",
                "updatedAt": "2026-11-23T12:00:00+00:00",
                "lineCount": 2,
                "total": {"amount": "7.50", "currency": "GBP"},
                "links": {"self": f"/api/orders/{ORDER_ID}"},
            }
        ],
        "links": {"self": f"/api/customers/{CUSTOMER}/orders"},
    }


async def test_says_why_an_order_was_rejected(api, listing):
    """Where there is something to say."""
    rejected = replace(OrderSummary.of(order()), status=OrderStatus.REJECTED, reason="out-of-stock")
    await listing.put([rejected])

    (shown,) = body_of(await api.list_orders(ask()))["orders"]

    assert (shown["status"], shown["reason"]) == ("Rejected", "out-of-stock")


async def test_a_customer_without_orders_gets_an_empty_list(api):
    """As does one that nobody knows."""
    body = body_of(await api.list_orders(ask("nobody@example.org")))

    assert body["orders"] == []
    assert "continuation" not in body
    assert body["links"] == {"self": "/api/customers/nobody%40example.org/orders"}


async def test_shows_twenty_orders_unless_told_otherwise(api, listing):
    """And how to go on, with the same limit."""
    await place(listing, 21)

    first = body_of(await api.list_orders(ask()))
    rest = body_of(await api.list_orders(ask(continuation=first["continuation"])))

    assert [one["id"] for one in first["orders"]] == [f"order-{n}" for n in range(20, 0, -1)]
    assert [one["id"] for one in rest["orders"]] == ["order-0"]
    assert first["links"]["next"].startswith(f"/api/customers/{CUSTOMER}/orders?limit=20&contin")
    assert "next" not in rest["links"]


@pytest.mark.parametrize(("limit", "shown"), [("1", 1), ("3", 3), ("100", 5)])
async def test_shows_as_many_as_asked_for(api, listing, limit, shown):
    """At most."""
    await place(listing, 5)

    body = body_of(await api.list_orders(ask(limit=limit)))

    assert len(body["orders"]) == shown


@pytest.mark.parametrize("limit", ["0", "101", "-1", "ten", "", "1.5", "1e1", "٣", "9" * 5000])
async def test_a_limit_that_is_none_is_named(api, limit):
    """400, and which parameter."""
    response = await api.list_orders(ask(limit=limit))

    problem = problem_of(response)
    assert problem["status"] == 400
    assert problem["type"].endswith(":invalid-limit")
    assert (problem["errors"][0]["in"], problem["errors"][0]["field"]) == ("query", "limit")


async def test_a_garbled_continuation_is_named(api):
    """422, not the first page once more."""
    problem = problem_of(await api.list_orders(ask(continuation="garbled")))

    assert problem["status"] == 422
    assert problem["type"].endswith(":unknown-continuation")
    assert (problem["errors"][0]["in"], problem["errors"][0]["field"]) == ("query", "continuation")


@pytest.mark.parametrize("customer", ["", " ", "a b", "a/b", "ä", "-a", "x" * 129, "a\n"])
async def test_what_cannot_be_a_customer_is_named(api, customer):
    """The same ids as in submissions."""
    problem = problem_of(await api.list_orders(ask(customer)))

    assert problem["status"] == 400
    assert problem["type"].endswith(":invalid-customer-id")
    assert problem["errors"][0]["field"] == "customerId"
