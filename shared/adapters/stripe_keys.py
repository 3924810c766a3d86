"""Idempotency keys that outlive a failure which Stripe keeps.

Stripe answers every repeat of a key for a day with the key's first answer, also when that was a
500 (docs.stripe.com/api/idempotent_requests). Such a key is of no use any more, so the next of its
generations is taken: ``<key>``, ``<key>:2``, ``<key>:3``, ... Everybody who asks walks the same
way, and so ends up at the same answer.
"""

from collections.abc import Awaitable, Callable
from typing import TypeVar

import stripe

from shared.adapters.stripe_errors import PROVIDER, is_kept_failure
from shared.domain.errors import Unavailable

GENERATIONS = 10

Answer = TypeVar("Answer")


def generations(key: str) -> list[str]:
    """Every key that stands for *key*, in the order in which they are tried."""
    return [key, *(f"{key}:{n}" for n in range(2, GENERATIONS + 1))]


async def with_key(
    key: str,
    request: Callable[[str], Awaitable[Answer]],
    done_before: Callable[[], Awaitable[Answer | None]] | None = None,
) -> Answer:
    """The answer to *request* under the first generation of *key* that does not hold a failure.

    *done_before* finds what a failed request has done all the same; it is asked before each one.
    """
    for generation in generations(key):
        if done_before and (done := await done_before()):
            return done
        try:
            return await request(generation)
        except stripe.APIError as error:
            if not is_kept_failure(error):
                raise
    raise Unavailable(PROVIDER)
