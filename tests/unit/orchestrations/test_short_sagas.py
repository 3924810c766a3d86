"""The sagas after the fulfilment: what is owed for a parcel, a refund, a hold that expires."""

from typing import Any

import pytest

from orchestrations.refund_order import refund_order
from orchestrations.renew_authorization import renew_authorization
from orchestrations.ship_order import ship_order
from shared.durable_contract import (
    CLEAR_ATTENTION,
    CLOSE_REFUND,
    COLLECT_PAYMENT,
    COMMIT_STOCK,
    FLAG_ORDER,
    HOLD_AGAIN,
    PAY_REFUND,
    RELEASE_STOCK,
    RESTOCK_LINES,
    SETTLE_SHIPMENT,
    VOID_HOLD,
)
from tests.scripted_context import ActivityFailed, ScriptedContext

ORDER_ID = "0d9f5b2e-6c1a-5f43-9a57-2f1c3d4e5f60"
DECLINED = {"outcome": "refused", "reason": "payment-declined"}


def saga(payload: dict[str, Any], **answers: Any) -> ScriptedContext:
    """A saga whose activities give *answers*, by name; ``ActivityFailed`` is raised, else done."""

    def activity(name: str, _: dict[str, Any]) -> Any:
        answer = answers.get(name, {"outcome": "done"})
        if isinstance(answer, Exception):
            raise answer
        return answer

    return ScriptedContext({"orderId": ORDER_ID, "lineCount": 150} | payload, activity)


def test_a_parcel_of_a_paid_order_only_leaves_the_stock():
    """Two ranges of lines, and the note that all is done."""
    story = saga({})

    assert story.run(ship_order) == {"status": "Shipped"}
    assert story.calls == [COMMIT_STOCK, COMMIT_STOCK, SETTLE_SHIPMENT]


def test_held_money_is_collected_after_the_stock_is_right():
    """The goods are gone whether the card pays or not."""
    story = saga({"collect": True})

    story.run(ship_order)

    assert story.calls == [COMMIT_STOCK, COMMIT_STOCK, COLLECT_PAYMENT, SETTLE_SHIPMENT]


def test_a_parcel_that_nobody_pays_for_is_a_persons_matter():
    """Nothing is undone: the goods are on their way."""
    story = saga({"collect": True}, collect_payment=DECLINED)

    assert story.run(ship_order)["status"] == "NeedsAttention"
    assert story.calls[-2:] == [COLLECT_PAYMENT, FLAG_ORDER]
    assert story.steps[-1]["work"] == "ship"
    assert story.steps[-1]["failed"] == [COLLECT_PAYMENT]


def refund(restock_lines: int = 0) -> dict[str, Any]:
    """The input of a refund."""
    return {"refundId": "a-refund", "restockLines": restock_lines}


def test_a_refund_of_money_alone_is_one_step():
    """It is recorded by the step that pays it."""
    story = saga(refund())

    assert story.run(refund_order) == {"status": "Refunded"}
    assert story.calls == [PAY_REFUND]


def test_goods_are_put_back_only_after_the_money_is():
    """Range by range, so that history does not grow with the lines."""
    story = saga(refund(restock_lines=250))

    story.run(refund_order)

    assert story.calls == [PAY_REFUND, *3 * [RESTOCK_LINES], CLOSE_REFUND]
    assert [step.get("firstLine") for step in story.steps[1:4]] == [0, 100, 200]


def test_a_refund_that_ends_the_order_releases_its_stock():
    """It was never shipped, and never is."""
    story = saga(refund(), pay_refund={"outcome": "done", "release": True})

    story.run(refund_order)

    assert story.calls == [PAY_REFUND, RELEASE_STOCK, RELEASE_STOCK, CLOSE_REFUND]


def test_the_providers_no_ends_the_refund_and_not_the_order():
    """Whoever asked can read why."""
    story = saga(refund(5), pay_refund={"outcome": "refused", "reason": "refund-refused"})

    assert story.run(refund_order) == {"status": "RefundFailed", "reason": "refund-refused"}
    assert story.calls == [PAY_REFUND]


@pytest.mark.parametrize("broken", [PAY_REFUND, RESTOCK_LINES, CLOSE_REFUND])
def test_a_refund_that_keeps_failing_is_a_persons_matter(broken):
    """A promise is never forgotten."""
    story = saga(refund(5), **{broken: ActivityFailed(broken)})

    assert story.run(refund_order)["status"] == "NeedsAttention"
    assert story.steps[-1]["work"] == "refund"


def renewal(**others: Any) -> dict[str, Any]:
    """The input of a renewal."""
    return {"renewal": 1, "paymentId": "pi_old", **others}


def test_the_old_hold_is_let_go_of_after_the_new_one_is_there():
    """The order is covered all the time."""
    story = saga(renewal())

    assert story.run(renew_authorization) == {"status": "Renewed"}
    assert story.calls == [HOLD_AGAIN, VOID_HOLD]
    assert story.steps[1]["paymentId"] == "pi_old"


def test_a_renewal_that_was_resumed_takes_the_order_off_the_list():
    """It worked the second time."""
    story = saga(renewal(attempt=2))

    story.run(renew_authorization)

    assert story.calls[-1] == CLEAR_ATTENTION


def test_an_order_that_needs_no_hold_any_more_is_left_alone():
    """Its parcel left meanwhile, paid by the old hold."""
    story = saga(renewal(), hold_again={"outcome": "settled", "status": "Shipped"})

    assert story.run(renew_authorization) == {"status": "Shipped"}
    assert story.calls == [HOLD_AGAIN]


def test_a_card_that_refuses_the_renewal_is_a_persons_matter():
    """The order keeps its place, and its present hold."""
    story = saga(renewal(), hold_again=DECLINED)

    assert story.run(renew_authorization)["status"] == "NeedsAttention"
    assert (story.steps[-1]["work"], story.steps[-1]["reason"]) == ("renew", "payment-declined")
    assert VOID_HOLD not in story.calls
