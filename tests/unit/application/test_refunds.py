"""Giving money back: never more than was taken, once for each promise, goods where they belong."""

import asyncio
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from activities.payment import PaymentActivities
from shared.application.owed_sagas import owed_sagas
from shared.application.refund_messages import RefundRequest
from shared.domain.cancellation import undone
from shared.domain.errors import (
    ActionNotAllowed,
    IdempotencyKeyReused,
    NothingToRestock,
    OrderError,
    RefundCurrencyMismatch,
    RefundExceedsCaptured,
    RefundExceedsOrdered,
)
from shared.domain.order import OrderStatus
from shared.domain.refund import RefundState
from shared.durable_contract import REFUND_ORDER
from tests.desk import Desk, refund_json


@pytest.fixture
async def desk() -> Desk:
    """A confirmed order of four mugs, 10.00 in all."""
    desk = Desk()
    await desk.confirm()
    return desk


async def test_a_refund_is_promised_and_a_saga_owed_for_it(desk):
    """Whoever dies after storing it: the record says what is left to be done."""
    receipt = await desk.refund(amount="2.50")

    assert (receipt.replayed, receipt.refund.state) == (False, RefundState.PENDING)
    assert [one.name for one in desk.sagas.started] == [REFUND_ORDER]
    assert desk.now.milestones.refunding_minor_units == 250
    assert desk.now.status is OrderStatus.CONFIRMED


async def test_a_refund_asked_for_twice_is_promised_and_paid_once(desk):
    """Clients repeat what they got no answer to."""
    first = await desk.refund(amount="2.50")
    second = await desk.refund(amount="2.50")

    for _ in range(2):
        await desk.pay(first)
    late = await desk.refund(amount="2.50")

    assert second.refund == first.refund
    assert (late.replayed, late.refund.state) == (True, RefundState.SUCCEEDED)
    assert desk.payments.kept(desk.order.id) == 750
    assert desk.now.refunded.minor_units == 250
    assert desk.told.count("PaymentRefunded") == 1


async def test_a_key_stands_for_one_refund(desk):
    """Another body under a known key is a mistake, and changes nothing."""
    await desk.refund(amount="2.50")

    with pytest.raises(IdempotencyKeyReused):
        await desk.refund(amount="3.50")

    assert desk.now.milestones.refunding_minor_units == 250


@pytest.mark.parametrize("amount", ["10.01", "0.00"])
async def test_more_than_was_captured_is_refused(desk, amount):
    """So is nothing at all."""
    with pytest.raises(RefundExceedsCaptured):
        await desk.refund(amount=amount)

    assert desk.sagas.started == []


async def test_promises_count_before_they_are_kept(desk):
    """Two refunds at once must not give away what is there once."""
    await desk.refund("one", amount="6.00")

    with pytest.raises(RefundExceedsCaptured) as refusal:
        await desk.refund("two", amount="6.00")

    assert refusal.value.refundable == "4.00 GBP"


async def test_lines_are_refunded_at_the_price_that_was_paid_and_no_unit_twice(desk):
    """What a product costs today does not matter."""
    receipt = await desk.refund("one", lines={"MUG-BLUE": 3})

    with pytest.raises(RefundExceedsOrdered) as refusal:
        await desk.refund("two", lines={"MUG-BLUE": 2})

    assert receipt.refund.amount.minor_units == 750
    assert (refusal.value.sku, refusal.value.left) == ("MUG-BLUE", 1)


async def test_a_product_that_was_not_ordered_is_not_refunded(desk):
    """Nor in a larger number than was."""
    with pytest.raises(RefundExceedsOrdered):
        await desk.refund(lines={"CUP": 1})


async def test_another_currency_is_refused(desk):
    """Money does not change its kind on the way back."""
    with pytest.raises(RefundCurrencyMismatch):
        await desk.refund(amount="1.00", currency="EUR")


async def test_with_nothing_left_an_unshipped_order_is_refunded_and_its_stock_free(desk):
    """Nobody sends goods that were paid back; the refund is open until they are released."""
    receipt = await desk.refund(amount="10.00")

    outcome = await desk.pay(receipt)

    assert outcome == {"outcome": "done", "release": True}
    assert desk.now.status is OrderStatus.REFUNDED
    assert [one.name for one in owed_sagas(desk.now)] == [REFUND_ORDER]
    await desk.refunds.close_refund({"orderId": desk.order.id, "refundId": receipt.refund.id})
    assert list(owed_sagas(desk.now)) == []


async def test_a_shipped_order_is_refunded_and_its_goods_stay_with_the_customer(desk):
    """There is nothing to release: it has left the shelf."""
    await desk.ship()
    receipt = await desk.refund(amount="10.00")

    outcome = await desk.pay(receipt)

    assert outcome["release"] is False
    assert desk.now.status is OrderStatus.REFUNDED


async def test_goods_that_came_back_are_on_hand_again_once(desk):
    """However often the step runs."""
    await desk.ship()
    receipt = await desk.refund(lines={"MUG-BLUE": 3}, restock=True)
    await desk.pay(receipt)
    step = {"orderId": desk.order.id, "refundId": receipt.refund.id}

    for _ in range(2):
        await desk.refunds.restock_lines({**step, "firstLine": 0, "lineCount": 100})

    assert desk.stock.items["MUG-BLUE"].on_hand == 10 - 4 + 3


async def test_what_never_left_is_not_restocked(desk):
    """It would be counted twice."""
    with pytest.raises(NothingToRestock):
        await desk.refund(lines={"MUG-BLUE": 1}, restock=True)


async def test_the_providers_no_is_final_and_the_promise_void(desk):
    """Its amount can be promised again; whoever asked sees why it failed."""
    receipt = await desk.refund(lines={"MUG-BLUE": 2})
    desk.payments.ledger.clear()

    outcome = await desk.pay(receipt)

    assert outcome == {"outcome": "refused", "reason": "refund-refused"}
    refund = await desk.orders.refund(desk.order.id, receipt.refund.id)
    assert (refund.state, refund.failure) == (RefundState.FAILED, "refund-refused")
    marks = desk.now.milestones
    assert (marks.refunding_minor_units, dict(marks.refunded_quantities)) == (0, {})
    assert desk.told[-1] == "RefundFailed"


async def test_an_order_that_is_being_undone_is_not_refunded_beside(desk):
    """All of it is on its way back already."""
    await desk.cancel()

    with pytest.raises(ActionNotAllowed) as refusal:
        await desk.refund(amount="1.00")

    assert refusal.value.state == "Confirmed (being cancelled)"


async def give_all_back(desk: Desk) -> None:
    """What the saga of a cancellation does about money, and about the record."""
    steps = PaymentActivities(desk.orders, desk.payments, desk.advance, desk.clock)
    await steps.return_payment({"orderId": desk.order.id})
    change = undone(desk.now, OrderStatus.CANCELLED, "cancelled", desk.clock())
    assert change is not None
    await desk.orders.record(*change)


MOMENTS = ["before it is paid", "while it is paid", "after it is paid"]


@pytest.mark.parametrize("moment", MOMENTS)
@pytest.mark.parametrize("amount", ["4.00", "10.00"])
async def test_a_cancellation_meets_a_refund_and_all_is_given_back_once(desk, moment, amount):
    """Whoever is faster, at the provider or at the record."""
    receipt = await desk.refund(amount=amount)
    await desk.cancel()

    if moment == "before it is paid":
        await give_all_back(desk)
    if moment == "while it is paid":
        refund, desk.payments.refund = desk.payments.refund, None

        async def refunded_and_overtaken(which: Any) -> None:
            await refund(which)
            await give_all_back(desk)

        desk.payments.refund = refunded_and_overtaken
    await desk.pay(receipt)
    if moment == "after it is paid":
        await give_all_back(desk)

    assert (desk.now.status, desk.now.refunded) == (OrderStatus.CANCELLED, desk.now.total)
    assert desk.payments.kept(desk.order.id) == 0
    assert not (await desk.orders.refund(desk.order.id, receipt.refund.id)).is_pending
    amounts = [event.amount for event in desk.orders.timelines[desk.order.id] if event.amount]
    assert sum(money.minor_units for money in amounts) == 1_000
    assert list(owed_sagas(desk.now)) == []


async def test_an_order_of_which_nothing_was_taken_has_nothing_to_refund():
    """Its money is only held; cancelling lets go of it."""
    desk = Desk()
    await desk.confirm_held()

    with pytest.raises(ActionNotAllowed):
        await desk.refund(amount="1.00")


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"amount": "1.00", "lines": {"MUG-BLUE": 1}},
        {"amount": "1.00", "restock": True},
        {"lines": {}},
        {"lines": {"MUG-BLUE": 0}},
    ],
)
def test_a_request_names_either_an_amount_or_lines(body):
    """Everything else would have to be guessed."""
    with pytest.raises(ValidationError):
        RefundRequest.model_validate(refund_json(**body))


wishes = st.lists(
    st.one_of(
        st.builds(lambda pence: {"amount": f"{pence / 100:.2f}"}, st.integers(1, 1_100)),
        st.builds(lambda count: {"lines": {"MUG-BLUE": count}}, st.integers(1, 5)),
    ),
    max_size=8,
)


@settings(max_examples=200, deadline=None)
@given(wishes, st.randoms(use_true_random=False))
def test_whatever_is_asked_for_at_once_the_books_agree_and_nothing_is_overpaid(wanted, chance):
    """Promised one after the other or together, paid in any order, some of them twice."""

    async def story() -> Desk:
        desk = Desk()
        await desk.confirm()
        asked = (desk.refund(str(n), **wish) for n, wish in enumerate(wanted))
        receipts = await asyncio.gather(*asked, return_exceptions=True)
        for failure in receipts:
            if isinstance(failure, BaseException) and not isinstance(failure, OrderError):
                raise failure
        promised = [one for one in receipts if not isinstance(one, BaseException)]
        for receipt in chance.sample(promised * 2, k=2 * len(promised)):
            await desk.pay(receipt)
        return desk

    desk = asyncio.run(story())

    kept = desk.payments.kept(desk.order.id)
    marks = desk.now.milestones
    assert 0 <= kept == marks.captured_minor_units - marks.refunded_minor_units
    assert marks.refunding_minor_units == 0
    assert (kept == 0) == (desk.now.status is OrderStatus.REFUNDED)
    amounts = [event.amount for event in desk.orders.timelines[desk.order.id] if event.amount]
    assert sum(amount.minor_units for amount in amounts) == marks.refunded_minor_units
