"""While the payment provider is left alone, orders wait: durably, and at no cost of attempts."""

from collections.abc import Callable, Iterator
from datetime import timedelta
from itertools import chain, repeat
from typing import Any

from orchestrations.fulfil_order import fulfil_order
from orchestrations.retries import POSTPONED, TRANSIENT
from shared.durable_contract import (
    AUTHORIZE_PAYMENT,
    CAPTURE_PAYMENT,
    RESERVE_STOCK,
    RETURN_PAYMENT,
)
from tests.scripted_context import ActivityFailed, ScriptedContext

ORDER = {"orderId": "0d9f5b2e-6c1a-5f43-9a57-2f1c3d4e5f60", "lineCount": 1, "flags": {}}
HELD = {"outcome": "done", "paymentId": "pi_1"}
DONE = {"outcome": "done"}
DAY = timedelta(days=1)


def left_alone(seconds: int = 1) -> dict[str, Any]:
    """The answer of an activity that did not even try."""
    return {"outcome": "postponed", "retryAfterSeconds": seconds}


def saga(**answers: Iterator[Any]) -> ScriptedContext:
    """A saga whose activities give the next of their *answers* each time, and else are done."""

    def activity(name: str, _: Any) -> Any:
        answer = next(answers.get(name, repeat(HELD if name == AUTHORIZE_PAYMENT else DONE)))
        if isinstance(answer, Exception):
            raise answer
        return answer

    return ScriptedContext(ORDER, activity)


def then_held(*answers: Any) -> Iterator[Any]:
    """These, and a hold after them."""
    return chain(answers, repeat(HELD))


def test_an_order_waits_for_a_provider_that_is_left_alone():
    """An outage of hours rejects nobody."""
    waits = 10 * TRANSIENT.attempts
    story = saga(authorize_payment=then_held(*[left_alone()] * waits))

    assert story.run(fulfil_order) == {"status": "Confirmed"}
    assert story.calls.count(AUTHORIZE_PAYMENT) == waits + 1


def test_the_first_wait_is_short_and_the_later_ones_are_bounded():
    """Most outages are over soon, and an order must not sleep long after the end of one."""
    story = saga(authorize_payment=then_held(*[left_alone()] * 50))

    story.run(fulfil_order)

    seconds = [pause.total_seconds() for pause in story.pauses]
    assert 3.75 <= seconds[0] <= 5
    assert max(seconds) <= 300


def test_an_order_does_not_ask_before_it_may():
    """It would only be told to wait again."""
    story = saga(authorize_payment=then_held(left_alone(seconds=120)))

    story.run(fulfil_order)

    assert story.pauses == [timedelta(seconds=120)]


def test_waiting_uses_up_no_attempt():
    """Faults before and after it are counted as if it had not been."""
    faults = [ActivityFailed(AUTHORIZE_PAYMENT)] * (TRANSIENT.attempts - 1)
    story = saga(authorize_payment=then_held(*faults[:5], left_alone(), left_alone(), *faults[5:]))

    assert story.run(fulfil_order) == {"status": "Confirmed"}


def test_a_change_of_the_order_ends_the_wait():
    """Who cancels does not wait for somebody else's outage to end."""
    story = saga(authorize_payment=then_held(left_alone(seconds=300)))
    story.raised = 1

    story.run(fulfil_order)

    assert story.pauses == []


def test_an_undo_waits_as_well():
    """The money is given back once the provider is there again."""
    refused = {"outcome": "refused", "reason": "payment-declined"}
    story = saga(
        capture_payment=repeat(refused),
        return_payment=chain([left_alone()] * 30, repeat(DONE)),
    )

    assert story.run(fulfil_order) == {"status": "Rejected", "reason": "payment-declined"}
    assert story.calls.count(RETURN_PAYMENT) == 31


def waited(story: ScriptedContext, begins: Callable[[], Any]) -> timedelta:
    """How long a story took."""
    begin = story.current_utc_datetime
    begins()
    return story.current_utc_datetime - begin


def test_after_about_a_day_the_order_is_undone():
    """Nobody wants the mug any more; its stock is for others."""
    story = saga(authorize_payment=repeat(left_alone()))

    took = waited(story, lambda: story.run(fulfil_order))

    assert 0.7 * DAY < took < 1.1 * DAY
    assert story.calls.count(AUTHORIZE_PAYMENT) == POSTPONED.attempts
    assert CAPTURE_PAYMENT not in story.calls
    assert story.calls[0] == RESERVE_STOCK


def test_an_undo_that_waits_for_longer_ends_with_a_person():
    """Somebody has to know whose money is not given back."""
    story = saga(
        authorize_payment=repeat(left_alone()),
        return_payment=repeat(left_alone()),
    )

    assert story.run(fulfil_order)["status"] == "NeedsAttention"


def test_a_refund_that_is_refused_is_told_to_a_person_at_once():
    """Asking again gives the same answer: the charge is disputed."""
    refused = {"outcome": "refused", "reason": "payment-declined"}
    dispute = ActivityFailed(RETURN_PAYMENT, "RefundRefused: The refund was refused: x")
    story = saga(capture_payment=repeat(refused), return_payment=repeat(dispute))

    assert story.run(fulfil_order)["status"] == "NeedsAttention"
    assert story.calls.count(RETURN_PAYMENT) == 1
