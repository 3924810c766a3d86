"""The patience of an event that came too early."""

from datetime import timedelta
from typing import Any

from orchestrations.await_event import await_event
from tests.scripted_context import ActivityFailed, ScriptedContext

A_DAY = 152


def waits(attempts: int, *answers: Any) -> ScriptedContext:
    """An event with so many attempts, and what comes of each; the last answer stays the same."""
    given = list(answers)

    def retry_event(name: str, step: dict[str, Any]) -> Any:
        answer = given.pop(0) if len(given) > 1 else given[0]
        if isinstance(answer, Exception):
            raise answer
        return answer

    return ScriptedContext({"letterId": "letter-1", "attempts": attempts}, retry_event)


def test_it_is_tried_until_it_is_taken_in():
    """And no longer."""
    saga = waits(A_DAY, "waiting", "waiting", "applied")

    assert saga.run(await_event) == "applied"
    assert saga.calls == ["retry_event"] * 3


def test_the_pauses_grow_to_ten_minutes_and_add_up_to_a_day():
    """Soon at first, since most wait for a saga that is at work; later without a hurry."""
    saga = waits(A_DAY, *["waiting"] * (A_DAY - 1), "dead")

    assert saga.run(await_event) == "dead"
    assert saga.pauses[0] <= timedelta(seconds=2)
    assert max(saga.pauses) <= timedelta(minutes=10)
    assert timedelta(hours=20) < sum(saga.pauses, timedelta()) < timedelta(hours=25)


def test_the_last_attempt_says_that_it_is_the_last():
    """So that the letter is given up by the one who tried it."""
    saga = waits(3, "waiting", "waiting", "dead")

    saga.run(await_event)

    assert [step["last"] for step in saga.steps] == [False, False, True]


def test_an_outage_does_not_cost_the_event_its_last_attempt():
    """It is given up when it was tried, not when nobody could try it."""
    down = ActivityFailed("retry_event")
    saga = waits(1, down, down, down, "applied")

    assert saga.run(await_event) == "applied"
    assert all(step["last"] for step in saga.steps)
