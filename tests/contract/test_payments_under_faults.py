"""Many orders at once at a provider that fails in every way there is: the books balance."""

import asyncio
import random
from collections.abc import Awaitable, Callable
from functools import partial
from typing import Any
from uuid import uuid4

import pytest

from shared.adapters.stripe_payments import StripePayments
from shared.application.payment_gateway import Payment, PaymentRefund
from shared.domain.errors import ConcurrentUpdate, Unavailable
from shared.domain.money import Money

TOTAL = Money(1250, "GBP")
PART = Money(500, "GBP")
ORDERS = 12

FAULTS = (
    {"status": 500, "rate": 0.2},  # kept for its key
    {"status": 503, "rate": 0.1},
    {"drop": "before", "rate": 0.1},
    {"drop": "after", "rate": 0.2},
)


@pytest.fixture
async def trouble(http, payments_url):
    """Everything fails now and then, before its effect or after it."""
    url = f"{payments_url}/_emulator/faults"
    for operation in ("create", "confirm", "capture", "cancel", "refund", "retrieve"):
        for fault in FAULTS:
            assert (await http.post(url, json={"operation": operation, **fault})).status == 201
    yield
    await http.delete(url)


async def persist(step: Callable[[], Awaitable[Any]]) -> Any:
    """Repeat *step*, as a saga does, twice at once now and then, as Durable may."""
    for _ in range(200):
        again = random.random() < 0.2  # no secret
        answers = await asyncio.gather(*[step() for _ in range(1 + again)], return_exceptions=True)
        failures = [answer for answer in answers if isinstance(answer, BaseException)]
        for failure in failures:
            if not isinstance(failure, Unavailable | ConcurrentUpdate):
                raise failure
        if not failures:
            return answers[0]
    raise AssertionError("it never worked")


async def live(gateway: StripePayments, payment: Payment, *, undone: bool) -> None:
    """Pay an order and refund a part of it; some are undone after that."""
    payment_id = (await persist(partial(gateway.authorize, payment))).payment_id
    await persist(partial(gateway.capture, payment_id))
    refund = PaymentRefund(f"{payment.order_id}:r", payment_id, PART, payment.order_id)
    await persist(partial(gateway.refund, refund))
    if undone:
        await persist(partial(gateway.give_back, payment))


@pytest.mark.usefixtures("trouble")
async def test_every_order_is_charged_once_and_refunded_once(
    stripe_payments, provider_time, http, payments_url
):
    """Whatever was lost, doubled, or kept as a failure."""
    payments = [
        Payment(str(uuid4()), TOTAL, "pm_card_visa", provider_time()) for _ in range(ORDERS)
    ]

    await asyncio.gather(
        *(live(stripe_payments, p, undone=n % 3 == 0) for n, p in enumerate(payments))
    )

    for number, payment in enumerate(payments):
        url = f"{payments_url}/_emulator/ledger?orderId={payment.order_id}"
        async with http.get(url) as response:
            entries = (await response.json())["payments"]
        (paid,) = [entry for entry in entries if entry["amountCaptured"]]
        assert paid["amountCaptured"] == 1250
        assert paid["amountRefunded"] == (1250 if number % 3 == 0 else 500)
        assert sum(entry["amountCapturable"] for entry in entries) == 0
