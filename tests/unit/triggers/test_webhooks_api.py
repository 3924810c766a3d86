"""``POST /webhooks/payments``: signed, understood, and answered so that Stripe knows."""

import json
import time
from typing import Any

import pytest
import stripe
from pydantic import SecretStr

from shared.adapters.stripe_answers import CapturesHere
from shared.adapters.stripe_webhooks import StripeWebhooks
from shared.application.advance_order import AdvanceOrder
from shared.application.flag_order import FlagOrder
from shared.application.take_in_notice import TakeInNotice
from shared.domain.order import OrderStatus
from tests.builders import ORDER_ID, order
from tests.fake_payments import FakePayments
from tests.fakes import FakeClock, InMemoryOrders
from tests.unit.triggers.requests import Client, problem_of, request
from triggers.http.webhooks import MAX_WEBHOOK_BYTES, WebhooksApi

SECRET = "whsec_test"  # opens nothing
HAPPENED_AT = 1_795_000_000


@pytest.fixture
def orders() -> InMemoryOrders:
    """Nobody has ordered anything yet."""
    return InMemoryOrders()


@pytest.fixture
def payments() -> FakePayments:
    """The provider, as the app asks it."""
    return FakePayments()


def api_of(orders: InMemoryOrders, payments: FakePayments, secret: str | None) -> WebhooksApi:
    """The endpoint."""
    client = stripe.StripeClient("sk_test_x", base_addresses={"api": "http://127.0.0.1:1"})
    take_in = TakeInNotice(orders, payments, FlagOrder(orders, FakeClock()))
    key = SecretStr(secret) if secret else None
    return WebhooksApi(StripeWebhooks(client, key, CapturesHere()), take_in)


@pytest.fixture
def api(orders, payments) -> WebhooksApi:
    """The endpoint, set up."""
    return api_of(orders, payments, SECRET)


def event(kind: str, **about: Any) -> bytes:
    """An event of Stripe, by default about the order's payment."""
    subject = {
        "id": f"pi_{ORDER_ID}",
        "object": "payment_intent",
        "metadata": {"orderId": ORDER_ID},
    }
    document = {
        "id": "evt_1",
        "object": "event",
        "api_version": "2026-10-28.endive",
        "created": HAPPENED_AT,
        "type": kind,
        "data": {"object": subject | about},
    }
    return json.dumps(document).encode()


def signed(body: bytes, *, secret: str = SECRET, age: int = 0) -> Any:
    """The request that Stripe makes."""
    moment = int(time.time()) - age
    header = stripe.WebhookSignature.generate_signature_header(
        body.decode(), secret, timestamp=moment
    )
    return request("POST", "/api/webhooks/payments", body, {"Stripe-Signature": header})


async def placed_in(orders: InMemoryOrders, *path: str) -> None:
    """An order that has come along *path*."""
    placed = order()
    await orders.add(placed, placed.submitted())
    advance = AdvanceOrder(orders, FakeClock())
    for name in path:
        placed = await advance(placed, OrderStatus[name])


async def test_a_capture_wakes_the_saga(api, orders):
    """It may wait for the next attempt."""
    await placed_in(orders)
    client = Client()

    answered = await api.take_in_payment(signed(event("payment_intent.succeeded")), client)

    assert answered.status_code == 200
    assert json.loads(answered.get_body()) == {"outcome": "done"}
    assert client.started == [ORDER_ID]


@pytest.mark.parametrize("type_", ["refund.failed", "refund.updated", "charge.refund.updated"])
async def test_a_failed_refund_puts_the_order_before_a_person(api, orders, type_):
    """Each of the events that may say so."""
    await placed_in(orders, "RESERVED", "CANCELLED")
    about = {"object": "refund", "status": "failed", "payment_intent": f"pi_{ORDER_ID}"}

    answered = await api.take_in_payment(signed(event(type_, **about)), Client())

    assert answered.status_code == 200
    assert orders.orders[ORDER_ID].status is OrderStatus.NEEDS_ATTENTION


@pytest.mark.parametrize(
    ("type_", "about"),
    [
        ("payment_intent.created", {}),
        ("payment_intent.amount_capturable_updated", {}),
        ("charge.refunded", {"object": "charge"}),
        ("refund.updated", {"object": "refund", "status": "succeeded"}),
        ("customer.created", {"object": "customer", "metadata": {}}),
    ],
)
async def test_what_concerns_nobody_is_acknowledged_without_a_look(api, type_, about):
    """Else Stripe would send it again for three days."""
    answered = await api.take_in_payment(signed(event(type_, **about)), Client())

    assert (answered.status_code, json.loads(answered.get_body())) == (200, {"outcome": "ignored"})


def spoilt(body: bytes) -> dict[str, Any]:
    """Requests that prove nothing."""
    fresh = signed(body)
    other_body = request("POST", "/", body + b" ", dict(fresh.headers))
    return {
        "another secret": signed(body, secret="whsec_other"),
        "another body": other_body,
        "an old one": signed(body, age=301),
        "none": request("POST", "/", body),
        "nonsense": request("POST", "/", body, {"Stripe-Signature": "nonsense"}),
        "no text": request("POST", "/", b"\xff\xfe", dict(fresh.headers)),
    }


@pytest.mark.parametrize("what", spoilt(b"{}"))
async def test_a_message_of_unknown_origin_is_refused_without_effect(api, orders, what):
    """Anybody can reach this address."""
    await placed_in(orders, "REJECTED")
    client = Client()

    answered = await api.take_in_payment(spoilt(event("payment_intent.succeeded"))[what], client)

    problem = problem_of(answered)
    assert (problem["status"], problem["type"].rpartition(":")[2]) == (400, "invalid-signature")
    assert problem["errors"][0]["field"] == "Stripe-Signature"
    assert client.started == []


async def test_a_payment_of_no_order_is_not_found(api):
    """Of another system on the same account, or of an order that was deleted."""
    answered = await api.take_in_payment(signed(event("payment_intent.succeeded")), Client())

    assert problem_of(answered)["type"].endswith("payment-not-found")


@pytest.mark.parametrize("metadata", [{"orderId": "4711"}, {"orderId": "../orders"}])
async def test_a_payment_with_an_order_id_of_others_is_not_found(api, metadata):
    """Their ids are none of ours, and are not looked up."""
    body = event("payment_intent.succeeded", metadata=metadata)

    answered = await api.take_in_payment(signed(body), Client())

    assert problem_of(answered)["type"].endswith("payment-not-found")


async def test_what_comes_too_early_is_to_come_again(api, orders):
    """The saga is at work; Stripe repeats what is not answered well."""
    await placed_in(orders)
    about = {"object": "refund", "status": "failed", "payment_intent": f"pi_{ORDER_ID}"}

    answered = await api.take_in_payment(signed(event("refund.failed", **about)), Client())

    assert problem_of(answered)["type"].endswith("order-busy")
    assert answered.headers["Retry-After"]


async def test_a_body_that_is_too_large_is_not_even_read(api):
    """Anybody can reach this address."""
    answered = await api.take_in_payment(
        request("POST", "/", b" " * (MAX_WEBHOOK_BYTES + 1)), Client()
    )

    assert problem_of(answered)["status"] == 413


async def test_without_a_secret_nothing_is_believed(orders, payments):
    """Nor lost: it is set up within the three days for which Stripe tries."""
    api = api_of(orders, payments, None)

    answered = await api.take_in_payment(signed(event("payment_intent.succeeded")), Client())

    assert problem_of(answered)["type"].endswith("webhooks-not-set-up")
    assert answered.status_code == 503
