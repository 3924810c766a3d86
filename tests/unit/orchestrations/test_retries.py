"""Backoff: growing, capped, and the same in every replay."""

import re
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from orchestrations.retries import TRANSIENT, RetryPolicy
from shared import durable_contract as names
from shared.durable_contract import AUTHORIZE_PAYMENT, RETRY_EVENT
from tests.worst_cases import (
    OF_ITS_OWN,
    SAGAS,
    activity_names,
    postponable_activities,
    worst_cases,
)

policies = st.builds(RetryPolicy, st.integers(1, 60), st.floats(0.1, 10), st.floats(10, 600))


@given(policies, st.integers(1, 60), st.text())
def test_a_replay_waits_exactly_as_long(policy: RetryPolicy, attempt: int, seed: str):
    """Durable compares what a replay does with what the history says was done."""
    assert policy.delay_seconds(attempt, seed) == policy.delay_seconds(attempt, seed)


@given(policies, st.integers(1, 60), st.text())
def test_a_pause_is_never_longer_than_the_cap_nor_much_shorter_than_the_backoff(
    policy: RetryPolicy, attempt: int, seed: str
):
    """Jitter spreads the repeats; it must not bring them forward into a hammering."""
    backoff = min(policy.cap_seconds, policy.first_seconds * 2 ** (attempt - 1))

    assert 0.75 * backoff <= policy.delay_seconds(attempt, seed) <= backoff


def test_sagas_that_failed_together_do_not_come_back_together():
    """A thousand sagas that met the same outage would be the next one."""
    pauses = {TRANSIENT.delay_seconds(5, f"order-{n}") for n in range(1000)}

    assert len(pauses) > 900


def test_the_documented_worst_cases_are_those_of_the_sagas():
    """The layers of repeating multiply; someone on call must know how long a step may take."""
    documented = re.findall(r"^\| `.*\|$", Path("docs/retries.md").read_text(), flags=re.MULTILINE)

    assert documented == [case.row() for case in worst_cases()]


def test_every_activity_is_a_step_of_a_documented_saga():
    """Else the table would not be about all of them."""
    steps = {case.step for case in worst_cases()}

    assert steps == activity_names() - {RETRY_EVENT}


def test_every_saga_of_the_app_is_measured():
    """One that is not listed would go on unmeasured."""
    registered = re.findall(r"orchestration=names\.(\w+)", Path("function_app.py").read_text())

    assert {getattr(names, name) for name in registered} == SAGAS.keys() | OF_ITS_OWN


def test_the_steps_that_ask_the_payment_provider_are_those_that_are_postponed():
    """All others have nothing to wait for."""
    postponed = {case.step for case in worst_cases() if case.postponed_seconds}

    assert postponed == postponable_activities()
    assert AUTHORIZE_PAYMENT in postponed
