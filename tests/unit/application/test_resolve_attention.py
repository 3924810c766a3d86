"""What a person did about an order is what its record says from then on."""

import pytest

from shared.domain.errors import ActionNotAllowed, OutcomeNotPossible
from shared.domain.milestones import Work, WorkOutcome
from shared.domain.order import OrderStatus
from shared.domain.refund import RefundState
from tests.desk import CONFIRMED, Desk


@pytest.fixture
def desk() -> Desk:
    """Nothing has happened yet."""
    return Desk()


async def test_an_undo_done_by_hand_ends_the_order_with_nothing_kept(desk):
    """The person paid the money back at the provider."""
    confirmed = await desk.confirm()
    await desk.flag(confirmed, Work.UNDO, "cancelled", to="Cancelled", steps=("return_payment",))

    resolved = await desk.resolve()

    assert (resolved.status, resolved.reason) == (OrderStatus.CANCELLED, "cancelled")
    assert resolved.refunded == resolved.captured
    assert resolved.milestones.attention is None
    assert desk.orders.timelines[resolved.id][-1].amount == resolved.captured


async def test_an_undo_that_is_abandoned_leaves_the_books_as_they_are(desk):
    """The money could not be given back, and nobody is to believe that it was."""
    confirmed = await desk.confirm()
    await desk.flag(confirmed, Work.UNDO, "cancelled", to="Cancelled")

    resolved = await desk.resolve(WorkOutcome.ABANDONED)

    assert resolved.status is OrderStatus.CANCELLED
    assert resolved.refunded.minor_units == 0


async def test_a_parcel_that_was_paid_otherwise_counts_as_collected(desk):
    """The hold was gone, and the customer sent a cheque."""
    await desk.confirm_held()
    shipped = await desk.ship()
    await desk.flag(shipped, Work.SHIP, "payment-declined")

    resolved = await desk.resolve()

    assert (resolved.status, resolved.captured) == (OrderStatus.SHIPPED, resolved.total)
    assert not resolved.owes_work


async def test_a_parcel_that_nobody_pays_for_is_written_off(desk):
    """The order is done with; nothing was captured."""
    await desk.confirm_held()
    shipped = await desk.ship()
    await desk.flag(shipped, Work.SHIP, "payment-declined")

    resolved = await desk.resolve(WorkOutcome.ABANDONED)

    assert resolved.captured.minor_units == 0
    assert not resolved.owes_work


@pytest.mark.parametrize(
    ("outcome", "refunded", "state"),
    [
        (WorkOutcome.DONE, 250, RefundState.SUCCEEDED),
        (WorkOutcome.ABANDONED, 0, RefundState.FAILED),
    ],
)
async def test_refunds_that_were_pending_are_settled_with_the_order(desk, outcome, refunded, state):
    """A saga that comes back late finds them settled, and pays nothing."""
    await desk.confirm()
    receipt = await desk.refund(amount="2.50")
    await desk.flag(desk.now, Work.REFUND, "processing-failed")

    resolved = await desk.resolve(outcome)
    await desk.pay(receipt)

    assert resolved.refunded.minor_units == refunded
    assert (await desk.orders.refund(resolved.id, receipt.refund.id)).state is state
    assert desk.payments.kept(resolved.id) == 1_000
    assert desk.now.refunded.minor_units == refunded


async def test_a_paid_order_is_not_abandoned(desk):
    """It is resumed, and cancelled then; the money does not disappear by a note."""
    paid = await desk.place(*CONFIRMED[:2])
    await desk.flag(paid, Work.FULFIL, "processing-failed")

    with pytest.raises(OutcomeNotPossible):
        await desk.resolve(WorkOutcome.ABANDONED)

    assert desk.now.status is OrderStatus.NEEDS_ATTENTION


async def test_what_is_fine_has_nothing_to_resolve(desk):
    """A note on the wrong order changes nothing."""
    await desk.confirm()

    with pytest.raises(ActionNotAllowed):
        await desk.resolve()


async def test_who_did_what_stays_with_the_order_and_is_told_to_nobody(desk):
    """People write names there."""
    confirmed = await desk.confirm()
    await desk.flag(confirmed, Work.PAYMENT, "payment-failed")

    resolved = await desk.resolve()

    (note,) = resolved.milestones.resolutions
    assert (note.by, note.text, note.work) == ("ada", "done by hand", "payment")
    assert desk.orders.timelines[resolved.id][-1].reason == "payment-failed"


async def test_resuming_a_disputed_payment_asks_the_provider(desk):
    """While the books disagree the order goes on waiting, and says how often it was tried."""
    confirmed = await desk.confirm()
    await desk.flag(confirmed, Work.PAYMENT, "payment-failed")
    entry = desk.payments.ledger[confirmed.payment_id]
    entry.refunded = 400

    waiting = await desk.resume()
    entry.refunded = 0
    resumed = await desk.resume()

    assert (waiting.status, waiting.milestones.attention.tried) == (
        OrderStatus.NEEDS_ATTENTION,
        2,
    )
    assert resumed.status is OrderStatus.CONFIRMED
