"""What people ask of orders over HTTP, and how it is answered."""

import json
from datetime import timedelta
from typing import Any

import pytest

from shared.application.cancel_order import CancelOrder
from shared.application.flag_order import FlagOrder
from shared.application.resolve_attention import ResolveAttention
from shared.application.resume_order import ResumeOrder
from shared.domain.attention import flag
from shared.domain.milestones import Work
from shared.domain.order import OrderStatus
from tests.builders import ORDER_ID, order
from tests.fake_payments import FakePayments
from tests.fakes import FakeClock, InMemoryOrders
from tests.unit.triggers.requests import Client, request
from triggers.http.order_actions import OrderActionsApi
from triggers.http.principal import Callers


@pytest.fixture
def orders() -> InMemoryOrders:
    """Nobody has ordered anything yet."""
    return InMemoryOrders()


@pytest.fixture
def api(orders) -> OrderActionsApi:
    """The endpoints."""
    clock = FakeClock()
    resume_order = ResumeOrder(orders, FakePayments(), FlagOrder(orders, clock), clock)
    return OrderActionsApi(
        CancelOrder(orders, clock),
        resume_order,
        ResolveAttention(orders, clock),
        orders,
        Callers(trust_principal=False),
        clock,
    )


def body_of(response: Any) -> dict[str, Any]:
    """The JSON of an answer."""
    answered: dict[str, Any] = json.loads(response.get_body())
    return answered


async def flagged(orders: InMemoryOrders) -> None:
    """An order whose refund kept failing a minute before the clock begins."""
    placed = order()
    await orders.add(placed, placed.submitted())
    since = placed.placed_at - timedelta(minutes=1)
    changed = flag(
        placed, Work.UNDO, "payment-declined", since, back_to=OrderStatus.REJECTED, steps=("a",)
    )
    assert changed is not None
    await orders.record(*changed)


@pytest.mark.parametrize("body", [{}, {"reason": ""}, {"reason": "x", "why": "y"}])
async def test_a_cancellation_without_a_reason_is_refused(api, orders, body):
    """What is wrong is named, and nothing is done."""
    placed = order()
    await orders.add(placed, placed.submitted())

    answered = await api.request_cancellation(request(body=body, orderId=ORDER_ID), Client())

    assert answered.status_code == 422
    assert orders.orders[ORDER_ID] == placed


async def test_cancelling_an_order_that_nobody_placed_is_not_found(api):
    """Nothing is made of thin air."""
    answered = await api.request_cancellation(
        request(body={"reason": "x"}, orderId=ORDER_ID), Client()
    )

    assert answered.status_code == 404


async def test_attention_is_listed_with_its_age_and_what_was_tried(api, orders):
    """A person on call sees at a glance what waits, for how long, and why."""
    await flagged(orders)

    listed = body_of(await api.list_attention(request("GET")))["orders"]

    assert [(one["id"], one["reason"], one["work"]) for one in listed] == [
        (ORDER_ID, "payment-declined", "undo")
    ]
    assert (listed[0]["ageSeconds"], listed[0]["tried"]) == (61, 1)
    assert (listed[0]["failedSteps"], listed[0]["leadsTo"]) == (["a"], "Rejected")


async def test_resuming_starts_the_work_again(api, orders):
    """Under an id that is the same however often it is asked for."""
    await flagged(orders)
    client = Client()

    for _ in range(2):
        answered = await api.resume_order(request(orderId=ORDER_ID), client)
        assert answered.status_code == 202

    assert client.started == [f"resume-{ORDER_ID}-2"] * 2


async def test_what_a_person_did_can_be_read_afterwards(api, orders):
    """Whoever audits the books in a year has to find it."""
    await flagged(orders)
    said = {"outcome": "abandoned", "resolution": "the customer cannot be reached"}
    await api.resolve_attention(request(body=said, orderId=ORDER_ID), Client())

    (note,) = body_of(await api.list_resolutions(request("GET", orderId=ORDER_ID)))["resolutions"]

    assert (note["by"], note["reason"], note["work"]) == (
        "function-key",
        "payment-declined",
        "undo",
    )
    assert {name: note[name] for name in said} == said
