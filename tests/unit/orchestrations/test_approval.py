"""Waiting for approval, told step by step."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from orchestrations.fulfil_order import fulfil_order
from orchestrations.retries import PERSISTENT
from shared.durable_contract import (
    AUTHORIZE_PAYMENT,
    CANCEL_ORDER,
    CHECK_APPROVAL,
    REJECT_ORDER,
    REQUEST_APPROVAL,
    RESERVE_STOCK,
)
from tests.scripted_context import ActivityFailed, ScriptedContext

DONE = {"outcome": "done"}
WAITING = {"outcome": "done", "waiting": True}


def refused(reason: str) -> dict[str, str]:
    """A business answer."""
    return {"outcome": "refused", "reason": reason}


def saga(*checks: Any, hours: float = 72, news: int = 0) -> ScriptedContext:
    """The saga of an order to approve; *checks* are the answers to its looks, the last one stays.

    *news* is how many changes of the order it hears of.
    """
    answers = list(checks)

    def check(_: Any) -> Any:
        answer = answers.pop(0) if len(answers) > 1 else answers[0]
        if isinstance(answer, Exception):
            raise answer
        return answer

    steps: dict[str, Callable[[Any], Any]] = {
        REQUEST_APPROVAL: lambda step: DONE | {"deadline": step["deadline"]},
        CHECK_APPROVAL: check,
        AUTHORIZE_PAYMENT: lambda _: DONE | {"paymentId": "pi_1"},
    }

    def activity(name: str, step: dict[str, Any]) -> Any:
        return steps.get(name, lambda _: DONE)(step)

    order = {"orderId": "1", "lineCount": 1, "flags": {}, "reviewHours": hours}
    return ScriptedContext(order, activity, raised=news)


def expirations(story: ScriptedContext) -> list[bool]:
    """What the saga said at each look: whether time is up."""
    return [step["expired"] for step in story.steps if "expired" in step]


def test_an_approved_order_goes_on_as_any_other():
    """Nothing was held before: stock and money come after the decision."""
    story = saga(DONE, news=1)

    assert story.run(fulfil_order) == {"status": "Confirmed"}
    assert story.calls[:3] == [REQUEST_APPROVAL, CHECK_APPROVAL, RESERVE_STOCK]
    assert expirations(story) == [False]
    assert story.pauses == []


def test_an_order_that_is_not_approved_is_rejected_with_nothing_to_undo():
    """There is nothing that it held."""
    story = saga(refused("not-approved"), news=1)

    assert story.run(fulfil_order) == {"status": "Rejected", "reason": "not-approved"}
    assert story.calls == [REQUEST_APPROVAL, CHECK_APPROVAL, REJECT_ORDER]


def test_at_the_deadline_the_saga_looks_and_says_that_time_is_up():
    """The record decides, not the timer."""
    story = saga(refused("approval-expired"))

    assert story.run(fulfil_order) == {"status": "Rejected", "reason": "approval-expired"}
    assert story.pauses == [timedelta(hours=72)]
    assert expirations(story) == [True]


def test_a_decision_that_races_the_deadline_holds():
    """The timer fired, but somebody had approved by then."""
    story = saga(DONE)

    assert story.run(fulfil_order) == {"status": "Confirmed"}
    assert expirations(story) == [True]


def test_a_cancellation_ends_the_wait():
    """The customer waits for nobody's approval to be rid of the order."""
    story = saga(refused("cancelled"), news=1)

    assert story.run(fulfil_order) == {"status": "Cancelled", "reason": "cancelled"}
    assert story.calls == [REQUEST_APPROVAL, CHECK_APPROVAL, CANCEL_ORDER]


def test_news_that_are_none_leave_the_order_waiting():
    """An event may come twice, or for something else: the deadline stays what it was."""
    story = saga(WAITING, WAITING, refused("approval-expired"), news=2)

    assert story.run(fulfil_order)["reason"] == "approval-expired"
    assert expirations(story) == [False, False, True]
    assert story.pauses == [timedelta(hours=72)]


def test_a_long_wait_is_made_of_short_ones():
    """Durable's timers have six days at most; and lost news are made up for."""
    story = saga(WAITING, WAITING, refused("approval-expired"), hours=8 * 24)

    story.run(fulfil_order)

    assert [pause.days for pause in story.pauses] == [3, 3, 2]
    assert expirations(story) == [False, False, True]


def test_a_saga_that_is_started_again_keeps_to_the_deadline_that_was_set_first():
    """However often an instance is lost, nobody gets more time."""
    story = saga(refused("approval-expired"))
    begun = story.current_utc_datetime - timedelta(hours=70)
    first = (begun + timedelta(hours=72)).isoformat()
    activity = story.activity

    def asked_before(name: str, step: dict[str, Any]) -> Any:
        return DONE | {"deadline": first} if name == REQUEST_APPROVAL else activity(name, step)

    story.activity = asked_before
    story.run(fulfil_order)

    assert story.pauses == [timedelta(hours=2)]


@pytest.mark.parametrize("outcome", [{"outcome": "settled", "status": "Confirmed"}])
def test_a_saga_of_an_order_that_has_ended_asks_nobody(outcome):
    """It was started once more."""
    story = saga(DONE)
    story.activity = lambda _name, _step: outcome

    assert story.run(fulfil_order) == {"status": "Confirmed"}
    assert story.calls == [REQUEST_APPROVAL]


def test_a_look_that_fails_for_hours_is_made_again():
    """A database that is away overnight must not reject what somebody approved."""
    faults = [ActivityFailed(CHECK_APPROVAL)] * (PERSISTENT.attempts - 1)
    story = saga(*faults, DONE, news=1)

    assert story.run(fulfil_order) == {"status": "Confirmed"}


def test_an_order_that_needs_no_approval_asks_for_none():
    """Sagas that were begun before there were approvals replay as they were."""
    story = saga(DONE)
    story.saga_input = {"orderId": "1", "lineCount": 1, "flags": {}}

    story.run(fulfil_order)

    assert REQUEST_APPROVAL not in story.calls
