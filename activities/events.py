"""Trying an event that came too early once more."""

from shared.application.events.waiting import RetryEvent
from shared.durable_contract import Attempt


class EventActivities:
    """``retry_event``."""

    def __init__(self, retry_event: RetryEvent) -> None:
        self._retry_event = retry_event

    async def retry_event(self, attempt: Attempt) -> str:
        """The state of the letter after the attempt: ``waiting`` if it is to be tried again."""
        state = await self._retry_event(attempt["letterId"], last=attempt["last"])
        return state.value
