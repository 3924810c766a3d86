"""The retry schedule and its exceptions, as a table."""

import random

import pytest

from emulators.event_grid.outcomes import SCHEDULE, Outcome, probation, retry_wait

MINUTE, HOUR = 60, 3600


def waits(status, failures):
    """Many draws of one wait."""
    dice = random.Random(1)
    return [retry_wait(failures, Outcome.of_status(status), dice) for _ in range(100)]


@pytest.mark.parametrize(
    ("status", "failures", "seconds"),
    [
        *((500, number, seconds) for number, seconds in enumerate(SCHEDULE, start=1)),
        (500, 30, 12 * HOUR),
        (404, 1, 5 * MINUTE),
        (404, 5, 10 * MINUTE),
        (408, 1, 2 * MINUTE),
        (503, 1, 30),
        (503, 3, MINUTE),
    ],
)
def test_each_wait_is_spread_but_never_shorter(status, failures, seconds):
    """Many events that failed together must not all come back together."""
    drawn = waits(status, failures)

    assert all(seconds <= one <= seconds * 1.1 for one in drawn)
    assert len(set(drawn)) > 50


def test_the_schedule_is_the_documented_one():
    """A retry policy is chosen by it."""
    minutes = [one / MINUTE for one in SCHEDULE]

    assert minutes == [1 / 6, 0.5, 1, 5, 10, 30, 60, 180, 360, 720]


@pytest.mark.parametrize(
    ("status", "seconds"),
    [(200, 0), (400, 0), (413, 0), (401, 300), (403, 300), (404, 300), (408, 10), (503, 10)],
)
def test_only_what_is_wrong_with_the_endpoint_leads_to_probation(status, seconds):
    """An event that the endpoint refuses is no reason to keep the others waiting."""
    assert probation(Outcome.of_status(status)) == seconds
