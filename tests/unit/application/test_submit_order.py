"""Intake: priced by the catalogue, stored once, answered the same however often it is sent."""

import asyncio
from dataclasses import replace

import pytest

from shared.application.owed_sagas import owed_sagas
from shared.application.submit_order import SubmitOrder
from shared.domain.errors import (
    CurrencyMismatch,
    IdempotencyKeyReused,
    IntakePaused,
    PriceMismatch,
    TotalOutOfRange,
    UnknownSkus,
)
from shared.domain.money import Money
from shared.domain.order import Order, OrderStatus
from shared.domain.review import Reason, Review
from tests.builders import stock_item, submission, submission_json
from tests.fakes import FakeClock, FixedFeatures, InMemoryOrders, InMemoryStock

KEY = "key-1"

# Of the submission that tests.builders makes, by the code before there were billing addresses.
FINGERPRINT = "a8746e85ba5eb3f1dd02ef21c4765276b972c4e7c45d0c3d16986f218a44bc28"


class Intake:
    """The use case with everything around it in memory."""

    def __init__(self) -> None:
        self.orders = InMemoryOrders()
        self.stock = InMemoryStock(stock_item())
        self.features = FixedFeatures({"order-intake": True, "authorize-before-reserve": True})
        self.started: list[Order] = []
        self.review: Review | None = None
        self._submit = SubmitOrder(self.orders, self.stock, self.features, FakeClock(), self.judge)

    async def judge(self, order: Order) -> Review | None:
        return self.review

    async def submit(self, key: str = KEY, **changes):
        async def start(order: Order) -> None:
            self.started.append(order)

        return await self._submit(submission(**changes), "scope", key, start)


@pytest.fixture
def intake() -> Intake:
    """A shop with one product in stock."""
    return Intake()


async def test_prices_come_from_the_catalogue(intake):
    """A client that names its own prices gets no say in them."""
    receipt = await intake.submit()

    assert receipt.order.total == Money(500, "GBP")
    assert receipt.order.status is OrderStatus.PENDING


async def test_stores_the_order_with_its_first_event_and_starts_its_saga(intake):
    """Without the event the timeline lies, without the saga the order lies around."""
    receipt = await intake.submit()

    assert [e.type for e in intake.orders.timelines[receipt.order.id]] == ["OrderSubmitted"]
    assert intake.started == [receipt.order]


REVIEW = Review((Reason.AMOUNT_THRESHOLD,), 0, 12.5)


async def test_the_review_of_the_moment_is_pinned_on_the_order_and_told_to_its_saga(intake):
    """The saga must decide the same in every replay, whatever the policy says by then."""
    intake.review = REVIEW
    receipt = await intake.submit()
    intake.review = None
    repeated = await intake.submit()

    assert receipt.order.review == repeated.order.review == REVIEW
    (saga,) = owed_sagas(intake.started[0])
    assert saga.payload["reviewHours"] == 12.5


async def test_the_saga_of_an_order_without_review_is_told_nothing_of_one(intake):
    """Its input is what it was before there were reviews."""
    await intake.submit()

    (saga,) = owed_sagas(intake.started[0])
    assert set(saga.payload) == {"orderId", "lineCount", "flags"}


async def test_a_billing_address_is_stored_with_the_order_and_part_of_the_submission(intake):
    """Another one under the same key is another submission."""
    address = submission_json()["shippingAddress"] | {"postalCode": "EH1 1AA"}

    receipt = await intake.submit(billingAddress=address)

    assert receipt.order.billing_address.postal_code == "EH1 1AA"
    with pytest.raises(IdempotencyKeyReused):
        await intake.submit()


def test_the_fingerprint_of_a_submission_without_billing_address_is_what_it_always_was():
    """Clients repeat submissions across deployments."""
    assert submission().fingerprint() == FINGERPRINT


async def test_a_repeat_is_the_same_order(intake):
    """Clients repeat whatever they got no answer to."""
    first = await intake.submit()
    second = await intake.submit()

    assert second.replayed
    assert second.order == first.order
    assert len(intake.orders.orders) == 1


async def test_fifty_at_once_are_one_order(intake):
    """A double click, a retrying proxy and a retrying client may all be at it together."""
    receipts = await asyncio.gather(*(intake.submit() for _ in range(50)))

    assert len(intake.orders.orders) == 1
    assert sum(not receipt.replayed for receipt in receipts) == 1


async def test_a_repeat_starts_the_saga_that_a_crash_left_unstarted(intake):
    """The crash between storing and starting must not strand an order that is repeated."""
    await intake.submit()
    intake.started.clear()

    await intake.submit()

    assert len(intake.started) == 1


async def test_a_repeat_leaves_an_order_under_way_alone(intake):
    """A finished Durable instance would run again if it were started again."""
    receipt = await intake.submit()
    intake.orders.orders[receipt.order.id] = replace(receipt.order, status=OrderStatus.CONFIRMED)
    intake.started.clear()

    await intake.submit()

    assert intake.started == []


async def test_refuses_the_same_key_with_another_body(intake):
    """One of the two would silently vanish otherwise."""
    await intake.submit()

    with pytest.raises(IdempotencyKeyReused):
        await intake.submit(lines=[{"sku": "MUG-BLUE", "quantity": 3}])

    (order,) = intake.orders.orders.values()
    assert order.lines[0].quantity == 2


async def test_a_repeat_is_recognised_although_the_price_has_changed(intake):
    """What was accepted stays accepted: the client must learn its order's id."""
    expected = {"amount": "5.00", "currency": "GBP"}
    await intake.submit(expectedTotal=expected)
    intake.stock.items["MUG-BLUE"] = stock_item(price=999)

    receipt = await intake.submit(expectedTotal=expected)

    assert receipt.replayed
    assert receipt.order.total == Money(500, "GBP")


async def test_names_every_unknown_sku(intake):
    """A client fixes its order in one go, not SKU by SKU."""
    lines = [{"sku": sku, "quantity": 1} for sku in ("NO-1", "MUG-BLUE", "NO-2")]

    with pytest.raises(UnknownSkus) as refusal:
        await intake.submit(lines=lines)

    assert refusal.value.skus == ("NO-1", "NO-2")
    assert not intake.orders.orders


async def test_refuses_a_total_that_the_client_did_not_expect(intake):
    """Nobody is charged an amount other than the one they saw."""
    with pytest.raises(PriceMismatch) as refusal:
        await intake.submit(expectedTotal={"amount": "4.99", "currency": "GBP"})

    assert (refusal.value.expected, refusal.value.actual) == ("4.99 GBP", "5.00 GBP")


async def test_refuses_a_currency_in_which_the_product_is_not_sold(intake):
    """Prices are not converted."""
    with pytest.raises(CurrencyMismatch):
        await intake.submit(currency="EUR")


async def test_refuses_totals_that_no_provider_charges(intake):
    """An order that can never be paid must not hold stock first."""
    with pytest.raises(TotalOutOfRange):
        await intake.submit(lines=[{"sku": "MUG-BLUE", "quantity": 1_000_000}])


async def test_takes_nothing_in_while_intake_is_paused(intake):
    """Operators need one switch that stops the inflow."""
    intake.features.flags = {"order-intake": False}

    with pytest.raises(IntakePaused):
        await intake.submit()

    assert not intake.orders.orders


async def test_pins_the_flags_of_the_moment_on_the_order(intake):
    """A flag that changes under a running saga must not change the saga."""
    receipt = await intake.submit()

    assert receipt.order.flags == {"authorize-before-reserve": True}


async def test_the_same_sku_twice_is_one_line(intake):
    """One reservation per SKU and order."""
    receipt = await intake.submit(lines=[{"sku": "MUG-BLUE", "quantity": q} for q in (1, 3)])

    assert [(line.sku, line.quantity) for line in receipt.order.lines] == [("MUG-BLUE", 4)]
