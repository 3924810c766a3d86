"""Which captures Stripe has answered to this worker, so that it need not be told of them again.

Stripe tells of every capture by a webhook, too. Whoever got the answer does what is to be done, and
repeats it if that fails, so looking at the order once more is for the captures that are not here.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

from cachetools import TTLCache

_REMEMBERED = 10_000
# A webhook comes within seconds; a later repeat costs a look.
_SECONDS = 600
# Webhooks overtake answers. Stripe waits longer than this for ours.
_PATIENCE_SECONDS = 5


class CapturesHere:
    """The last captures that were asked for here, and those that are under way."""

    def __init__(self) -> None:
        self._answered: TTLCache[str, bool] = TTLCache(_REMEMBERED, _SECONDS)
        self._under_way: dict[str, asyncio.Event] = {}

    @asynccontextmanager
    async def capture(self, payment_id: str) -> AsyncIterator[None]:
        """Ask Stripe within this; without an exception, it has answered that the money is taken."""
        ended = self._under_way[payment_id] = asyncio.Event()
        try:
            yield
            self._answered[payment_id] = True
        finally:
            self._under_way.pop(payment_id, None)
            ended.set()

    async def was_answered(self, payment_id: str) -> bool:
        """Whether the capture was answered here; one that is under way is waited for a little."""
        if ended := self._under_way.get(payment_id):
            with suppress(TimeoutError):
                await asyncio.wait_for(ended.wait(), _PATIENCE_SECONDS)
        return payment_id in self._answered
