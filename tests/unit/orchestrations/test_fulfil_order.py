"""The story of an order, told step by step."""

from typing import Any

import pytest

from orchestrations.fulfil_order import fulfil_order
from orchestrations.retries import PERSISTENT, TRANSIENT
from shared.durable_contract import (
    AUTHORIZE_FIRST,
    AUTHORIZE_PAYMENT,
    CANCEL_ORDER,
    CAPTURE_AT_DISPATCH,
    CAPTURE_PAYMENT,
    CONFIRM_ORDER,
    FLAG_ORDER,
    REJECT_ORDER,
    RELEASE_STOCK,
    RESERVE_STOCK,
    RETURN_PAYMENT,
)
from tests.scripted_context import ActivityFailed, ScriptedContext

ORDER_ID = "0d9f5b2e-6c1a-5f43-9a57-2f1c3d4e5f60"
ANSWERS = {AUTHORIZE_PAYMENT: {"outcome": "done", "paymentId": "pi_1"}}


def saga(
    line_count: int = 3,
    *,
    authorize_first: bool = False,
    capture_at_dispatch: bool = False,
    **answers: Any,
) -> ScriptedContext:
    """A saga whose activities give *answers*, by name; ``ActivityFailed`` is raised, else done."""
    flags = {AUTHORIZE_FIRST: authorize_first, CAPTURE_AT_DISPATCH: capture_at_dispatch}
    return scripted(answers, line_count, **flags)


def scripted(answers: dict[str, Any], line_count: int = 3, **flags: bool) -> ScriptedContext:
    """The same, for names that are not known before the test runs."""

    def activity(name: str, step: dict[str, Any]) -> Any:
        answer = answers.get(name, ANSWERS.get(name, {"outcome": "done"}))
        if callable(answer):
            answer = answer(step)
        if isinstance(answer, Exception):
            raise answer
        return answer

    return ScriptedContext({"orderId": ORDER_ID, "lineCount": line_count, "flags": flags}, activity)


def refused(reason: str) -> dict[str, str]:
    """A business answer."""
    return {"outcome": "refused", "reason": reason}


def test_an_order_in_stock_and_paid_is_confirmed():
    """The happy path costs exactly four activities."""
    story = saga()

    assert story.run(fulfil_order) == {"status": "Confirmed"}
    assert story.calls == [RESERVE_STOCK, AUTHORIZE_PAYMENT, CAPTURE_PAYMENT, CONFIRM_ORDER]


def test_with_capture_at_dispatch_the_money_is_only_held():
    """The order is confirmed with the hold, and with the time until which it lasts."""
    held = {"paymentId": "pi_1", "expiresAt": "2026-11-30T12:00:00Z"}
    story = saga(capture_at_dispatch=True, authorize_payment={"outcome": "done", **held})

    assert story.run(fulfil_order) == {"status": "Confirmed"}
    assert story.calls == [RESERVE_STOCK, AUTHORIZE_PAYMENT, CONFIRM_ORDER]
    assert story.steps[-1] == {"orderId": ORDER_ID, **held}


def test_a_large_order_costs_one_more_activity_per_hundred_lines():
    """History grows with ranges of lines, not with lines."""
    ranges = []

    def reserve(step: dict[str, Any]) -> Any:
        ranges.append(step)
        return {"outcome": "done"}

    story = saga(250, reserve_stock=reserve)

    story.run(fulfil_order)

    assert [(r["firstLine"], r["lineCount"]) for r in ranges] == [(0, 100), (100, 100), (200, 100)]
    assert len(story.calls) == 6


def test_an_order_larger_than_the_stock_is_rejected_and_holds_nothing():
    """Lines of the refused range may be held: they are released too."""
    story = saga(reserve_stock=refused("out-of-stock"))

    assert story.run(fulfil_order) == {"status": "Rejected", "reason": "out-of-stock"}
    assert story.calls == [RESERVE_STOCK, RELEASE_STOCK, REJECT_ORDER]


def test_ranges_are_released_newest_first_and_only_as_far_as_they_came():
    """The range that was never begun has nothing to give back."""
    released = []

    def reserve(step: dict[str, Any]) -> Any:
        return refused("out-of-stock") if step["firstLine"] == 100 else {"outcome": "done"}

    def release(step: dict[str, Any]) -> Any:
        released.append(step["firstLine"])
        return {"outcome": "done"}

    saga(300, reserve_stock=reserve, release_stock=release).run(fulfil_order)

    assert released == [100, 0]


def test_a_declined_card_leaves_no_stock_held():
    """Stock held for nobody is stock that somebody else cannot buy."""
    story = saga(authorize_payment=refused("payment-declined"))

    assert story.run(fulfil_order) == {"status": "Rejected", "reason": "payment-declined"}
    assert story.calls[2:] == [RETURN_PAYMENT, RELEASE_STOCK, REJECT_ORDER]


def test_a_capture_that_is_refused_gives_money_and_stock_back():
    """A hold that expired must not leave the order half paid."""
    story = saga(capture_payment=refused("payment-declined"))

    assert story.run(fulfil_order)["status"] == "Rejected"
    assert story.calls[3:] == [RETURN_PAYMENT, RELEASE_STOCK, REJECT_ORDER]


def test_authorizing_first_spares_the_stock_when_the_card_is_declined():
    """That is what the feature flag is for."""
    story = saga(authorize_first=True, authorize_payment=refused("payment-declined"))

    story.run(fulfil_order)

    assert RESERVE_STOCK not in story.calls


def test_authorizing_first_voids_the_hold_when_the_stock_is_short():
    """The undo follows the order in which things were done."""
    story = saga(authorize_first=True, reserve_stock=refused("out-of-stock"))

    story.run(fulfil_order)

    assert story.calls == [
        AUTHORIZE_PAYMENT,
        RESERVE_STOCK,
        RELEASE_STOCK,
        RETURN_PAYMENT,
        REJECT_ORDER,
    ]


def test_a_saga_that_is_started_again_stops_at_its_first_look():
    """A Durable instance id is no idempotency record: a finished saga may be started again."""
    story = saga(reserve_stock={"outcome": "settled", "status": "Confirmed"})

    assert story.run(fulfil_order) == {"status": "Confirmed"}
    assert story.calls == [RESERVE_STOCK]


@pytest.mark.parametrize(
    ("failing", "undone"),
    [
        (RESERVE_STOCK, [RELEASE_STOCK]),
        (AUTHORIZE_PAYMENT, [RETURN_PAYMENT, RELEASE_STOCK]),
        (CAPTURE_PAYMENT, [RETURN_PAYMENT, RELEASE_STOCK]),
    ],
)
def test_a_fault_that_stays_undoes_its_own_step_too(failing, undone):
    """Whether the failed step had its effect is unknown: it is undone as if it had."""
    story = scripted({failing: ActivityFailed(failing)})

    assert story.run(fulfil_order) == {"status": "Rejected", "reason": "processing-failed"}
    assert story.calls.count(failing) == TRANSIENT.attempts
    assert [call for call in story.calls if call in (RELEASE_STOCK, RETURN_PAYMENT)] == undone


def test_a_fault_that_passes_is_outlived():
    """A database that is away for a minute costs a minute, not the order."""
    faults = [ActivityFailed(CAPTURE_PAYMENT)] * 5
    story = saga(capture_payment=lambda _: faults.pop() if faults else {"outcome": "done"})

    assert story.run(fulfil_order) == {"status": "Confirmed"}
    assert len(story.pauses) == 5


def test_a_bug_is_not_repeated():
    """An illegal transition will be illegal next time: stock and money go back at once."""
    bug = ActivityFailed(CAPTURE_PAYMENT, "IllegalTransition: Order 1 is Rejected")
    story = saga(capture_payment=bug)

    story.run(fulfil_order)

    assert story.calls.count(CAPTURE_PAYMENT) == 1
    assert story.pauses == []


def test_an_undo_that_keeps_failing_ends_where_a_person_looks():
    """A refund that never happened must not end in a log line; the other undo still runs."""
    story = saga(
        authorize_payment=refused("payment-declined"),
        return_payment=ActivityFailed(RETURN_PAYMENT),
    )

    outcome = story.run(fulfil_order)

    assert outcome["status"] == "NeedsAttention"
    assert outcome["reason"] == "payment-declined"
    assert story.calls.count(RETURN_PAYMENT) == PERSISTENT.attempts
    assert story.calls[-2:] == [RELEASE_STOCK, FLAG_ORDER]
    told = story.steps[-1]
    assert (told["work"], told["failed"], told["status"]) == ("undo", [RETURN_PAYMENT], "Rejected")


def test_a_cancelled_order_is_undone_and_recorded_as_cancelled():
    """The step that finds the cancellation refuses, like any other refusal."""
    story = saga(confirm_order=refused("cancelled"))

    assert story.run(fulfil_order) == {"status": "Cancelled", "reason": "cancelled"}
    assert story.calls[-3:] == [RETURN_PAYMENT, RELEASE_STOCK, CANCEL_ORDER]


def test_a_change_of_the_order_ends_a_pause_early():
    """Who cancels an order that waits for a service to come back does not wait as well."""
    answers = [ActivityFailed(RESERVE_STOCK), refused("cancelled")]

    def reserve(_: dict[str, Any]) -> Any:
        return answers.pop(0)

    story = saga(reserve_stock=reserve)
    story.raised = 1

    assert story.run(fulfil_order)["status"] == "Cancelled"
    assert story.pauses == []


def test_a_paid_order_that_cannot_be_confirmed_is_handed_to_a_person_and_not_undone():
    """Whether it was confirmed is unknown: to refund it might be as wrong as to keep the money."""
    story = saga(confirm_order=ActivityFailed(CONFIRM_ORDER))

    assert story.run(fulfil_order)["status"] == "NeedsAttention"
    assert RETURN_PAYMENT not in story.calls
    assert story.steps[-1]["work"] == "fulfil"


def test_a_paid_order_is_confirmed_however_long_that_takes():
    """Capture is the pivot: after it, a fault of ours never undoes the sale."""
    faults = [ActivityFailed(CONFIRM_ORDER)] * 30
    story = saga(confirm_order=lambda _: faults.pop() if faults else {"outcome": "done"})

    assert story.run(fulfil_order) == {"status": "Confirmed"}
    assert RETURN_PAYMENT not in story.calls


def test_history_holds_ids_and_counts_only():
    """Durable history is kept, shown and exported: no personal data, nothing that grows."""
    story = saga(2000)

    story.run(fulfil_order)

    assert {key for step in story.steps for key in step} == {
        "orderId",
        "firstLine",
        "lineCount",
        "paymentId",
    }
    assert max(len(str(step)) for step in story.steps) < 120
