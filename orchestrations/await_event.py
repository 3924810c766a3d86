"""An event that came too early is tried again and again, and in the end is a dead letter."""

from collections.abc import Generator
from datetime import timedelta
from typing import Any, cast

from azure.durable_functions import DurableOrchestrationContext

from orchestrations.retries import RetryPolicy
from shared.durable_contract import RETRY_EVENT, Attempt, AwaitEvent

FIRST_SECONDS = 2
CAP_SECONDS = 600

WAITING = "waiting"


def await_event(context: DurableOrchestrationContext) -> Generator[Any, Any, str]:
    """Try the event of a letter until it is settled; the last attempt settles it either way."""
    event = cast(AwaitEvent, context.get_input())
    policy = RetryPolicy(event["attempts"], FIRST_SECONDS, CAP_SECONDS)
    attempt = 1
    while True:
        pause = policy.delay_seconds(attempt, context.instance_id)
        yield context.create_timer(context.current_utc_datetime + timedelta(seconds=pause))
        last = attempt == policy.attempts
        try:
            state: str = yield context.call_activity(
                RETRY_EVENT, Attempt(letterId=event["letterId"], last=last)
            )
        except Exception:
            # What we need does not answer, which is not the event's fault: the last attempt is made
            # again and again until there is an answer.
            state = WAITING
        if state != WAITING:
            return state
        attempt = min(attempt + 1, policy.attempts)
