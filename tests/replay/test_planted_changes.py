"""A check that cannot fail is none: every change that breaks orders in flight is planted here."""

import dataclasses
from itertools import count
from pathlib import Path
from typing import Any

import pytest

from devstack.histories_replay import first_difference
from tests.replay.planted.changes import (
    CAPTURE,
    CONFIRM,
    RELEASE,
    RETURN,
    SOURCE,
    Orchestrator,
    changed,
)
from tests.replay.planted.saga import fulfil_order


def difference(history, orchestrator: Orchestrator) -> tuple[int, str, str]:
    """The step, and what was recorded and is done today."""
    found = first_difference(history, orchestrator)
    assert found is not None, "the change went unnoticed"
    return found.episode, found.recorded, found.today


def test_the_saga_that_wrote_the_histories_replays_them(confirmed, declined, retried):
    """Else the findings below would prove nothing."""
    for history in (confirmed, declined, retried):
        assert first_difference(history, fulfil_order) is None


def test_a_renamed_activity_is_found(confirmed):
    """Names are in the history for good."""
    renamed = changed(('"authorize_payment"', '"hold_payment"'))

    assert difference(confirmed, renamed) == (
        2,
        "activity authorize_payment (id 1)",
        "activity hold_payment (id 1)",
    )


def test_swapped_steps_are_found(declined):
    """Here the undo of the later step would overtake that of the earlier one."""
    swapped = changed((RETURN + RELEASE, RELEASE + RETURN))

    assert difference(declined, swapped) == (
        3,
        "activity return_payment (id 2)",
        "activity release_stock (id 2)",
    )


def test_an_extra_step_in_front_is_found(confirmed):
    """The most natural of changes: one more thing to look at first."""
    checked_first = changed(
        (
            "    while True:\n",
            '    yield context.call_activity("check_order", order)\n    while True:\n',
        )
    )

    assert difference(confirmed, checked_first) == (
        1,
        "activity reserve_stock (id 0)",
        "activity check_order (id 0)",
    )


def test_a_removed_undo_is_found(declined):
    """Only the paths that need the undo can tell, which is why each path has its history."""
    forgetful = changed((RELEASE, ""))

    assert difference(declined, forgetful) == (
        4,
        "activity release_stock (id 3)",
        "activity reject_order (id 3)",
    )


def test_a_removed_last_step_is_found(confirmed):
    """The order would end a step before it is confirmed."""
    hasty = changed((CONFIRM, ""))

    assert difference(confirmed, hasty) == (
        4,
        "activity confirm_order (id 3)",
        'the end, Completed with {"status": "Confirmed"}',
    )


def test_an_extra_timer_is_found(confirmed):
    """A pause is an action like any other, and takes an id."""
    pause = "    yield context.create_timer(context.current_utc_datetime + timedelta(seconds=1))\n"
    slower = changed((CAPTURE, pause + CAPTURE))

    assert difference(confirmed, slower) == (3, "activity capture_payment (id 2)", "timer (id 2)")


def test_a_removed_timer_is_found(retried):
    """To try again at once is another story than to wait."""
    impatient = changed(
        ("            yield context.create_timer(context.current_utc_datetime + pause)\n", "")
    )

    assert difference(retried, impatient) == (2, "timer (id 1)", "activity reserve_stock (id 1)")


def test_a_step_appended_at_the_end_is_found(confirmed):
    """Orders in flight survive that, but go on where they were to end: someone must decide."""
    longer = changed((CONFIRM, CONFIRM + '    yield context.call_activity("thank", order)\n'))

    found = first_difference(confirmed, longer)

    assert found is not None
    assert (found.episode, found.episodes) == (5, 5)
    assert (found.recorded, found.today) == ("nothing more", "activity thank (id 4)")
    assert "record this path anew" in str(found)


def test_another_output_is_found(confirmed):
    """A parent saga or a client may read it."""
    other = changed(('return {"status": "Confirmed"}', 'return {"state": "Confirmed"}'))

    assert difference(confirmed, other) == (
        5,
        'the end, Completed with {"status": "Confirmed"}',
        'the end, Completed with {"state": "Confirmed"}',
    )


def test_a_wait_that_history_has_not_is_found(confirmed):
    """The order would stand still for ever."""
    waiting = changed(
        (CAPTURE, '    yield context.wait_for_external_event("approval")\n' + CAPTURE)
    )

    assert difference(confirmed, waiting) == (
        3,
        "activity capture_payment (id 2)",
        "waits for the event approval",
    )


def test_an_orchestrator_that_raises_is_found(declined):
    """An outcome of long ago may lack what today's code wants to read."""
    careless = changed(
        ('authorized["reason"]}\n        yield', 'authorized["code"]}\n        yield')
    )

    step, recorded, today = difference(declined, careless)

    assert (step, recorded) == (5, "activity reject_order (id 4)")
    assert today == "the end, Failed with Orchestrator function 'fulfil_order' failed: 'code'"


@pytest.mark.parametrize(
    ("old", "new", "lost"),
    [
        ('"firstLine": 0', '"first": 0', "the input has no 'firstLine' any more"),
        (
            '"lineCount": 100',
            '"lineCount": "100"',
            "the input's 'lineCount' was number and is text",
        ),
    ],
)
def test_a_field_that_is_lost_or_retyped_is_found(confirmed, old, new, lost):
    """Both versions of an activity run while a deployment goes on."""
    assert difference(confirmed, changed((old, new))) == (
        1,
        "activity reserve_stock (id 0)",
        f"the same, but {lost}",
    )


def test_code_that_reads_what_is_not_in_the_history_is_found(confirmed):
    """Each replay would ask for something else."""
    draws = count()
    source = SOURCE.replace('"lineCount": 100', '"lineCount": next(draws)')
    names: dict[str, Any] = {"draws": draws}
    exec(source, names)

    step, recorded, today = difference(confirmed, names["fulfil_order"])

    assert (step, recorded) == (2, "the 1 actions so far")
    assert "differs from what it asked for a step ago" in today


def test_what_may_change_does_not_fail(confirmed, retried):
    """Fields may be added, pauses be longer: a check that cries wolf is switched off."""
    richer = changed(('"lineCount": 100', '"lineCount": 100, "channel": "web"'))
    slower = changed(("pause = timedelta(seconds=1)", "pause = timedelta(minutes=5)"))

    assert first_difference(confirmed, richer) is None
    assert first_difference(retried, slower) is None


def test_an_order_is_checked_at_the_moment_it_was_recorded_in(confirmed):
    """A history need not be at its end: what waits for a person may wait for weeks."""
    rows = list(confirmed.rows)
    episodes = [n for n, row in enumerate(rows) if row["EventType"] == 13]

    for end in episodes:
        in_flight = dataclasses.replace(confirmed, rows=rows[: end + 1])
        assert first_difference(in_flight, fulfil_order) is None


def test_a_history_without_inputs_is_checked_as_well(confirmed):
    """Azure stores them only where host.json says so."""
    rows = [{**row, "Input": None} if row["EventType"] == 4 else row for row in confirmed.rows]
    as_in_azure = dataclasses.replace(confirmed, rows=rows)

    assert first_difference(as_in_azure, fulfil_order) is None
    assert first_difference(as_in_azure, changed(('"confirm_order"', '"finish"'))) is not None


def test_the_message_says_what_to_do(confirmed):
    """Whoever reads it has changed a line, and has never heard of replays."""
    found = first_difference(confirmed, changed(('"authorize_payment"', '"hold_payment"')))

    assert str(found) == (
        "step 2 of 5\n"
        "  recorded: activity authorize_payment (id 1)\n"
        "  today:    activity hold_payment (id 1)\n"
        "  An order in flight with this in its history fails as non-deterministic.\n"
        "  Leave what instances of its version do as it is, and branch on context.version for new "
        "ones (docs/changing-sagas.md)."
    )
    assert str(found) in Path("docs/changing-sagas.md").read_text(encoding="utf-8")
