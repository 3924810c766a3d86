"""Backoff: growing, capped, and the same in every replay."""

import json
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from orchestrations.retries import PERSISTENT, TRANSIENT, RetryPolicy

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


def host_retry_pauses() -> tuple[int, float]:
    """Executions per durable attempt, and the longest pause between them, by host.json."""
    retry = json.loads(Path("host.json").read_text())["retry"]
    hours, minutes, seconds = map(int, retry["maximumInterval"].split(":"))
    return retry["maxRetryCount"] + 1, retry["maxRetryCount"] * (
        hours * 3600 + minutes * 60 + seconds
    )


def test_the_worst_case_is_the_documented_one():
    """The root retry policy of the host multiplies with ours; someone on call must know the sum."""
    executions, host_seconds = host_retry_pauses()
    table = Path("docs/retries.md").read_text()

    for name, policy in (("TRANSIENT", TRANSIENT), ("PERSISTENT", PERSISTENT)):
        minutes = (policy.worst_case_seconds + policy.attempts * host_seconds) / 60
        row = (
            f"| `{name}` | {policy.attempts} | {policy.attempts * executions} | {minutes:.0f} min |"
        )
        assert row in table
