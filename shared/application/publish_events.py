"""Publishing events in order, and setting aside the one that the topic will never take."""

import json
from collections.abc import Sequence

import structlog

from shared.application.announcements import (
    announcement,
    announcement_id,
    announcement_type,
)
from shared.application.ports import Clock, EventPublisher, Letters
from shared.application.set_aside import ORIGIN
from shared.domain.errors import EventsRefused
from shared.domain.letter import Letter, LetterState, letter_id
from shared.domain.order import OrderEvent

_log = structlog.get_logger(__name__)


class PublishEvents:
    """Send events under *source*; those that are refused become letters.

    Repeatable: an event that is sent again has the same id, and one that is refused again is the
    same letter.
    """

    def __init__(
        self, publisher: EventPublisher, letters: Letters, clock: Clock, source: str
    ) -> None:
        self._publisher = publisher
        self._letters = letters
        self._clock = clock
        self._source = source

    async def __call__(self, events: Sequence[OrderEvent]) -> None:
        """Return once every event is at the topic, or kept as a letter.

        Raises:
            Unavailable: some are not; which of them is unknown.
        """
        for part in self._publisher.parts(events):
            await self._send(part)

    async def _send(self, events: Sequence[OrderEvent]) -> None:
        """Halve a refused request until the event that is to blame stands alone."""
        try:
            await self._publisher.publish(events)
        except EventsRefused as refusal:
            if len(events) == 1:
                await self._give_up(events[0], refusal)
                return
            middle = len(events) // 2
            await self._send(events[:middle])
            await self._send(events[middle:])

    async def _give_up(self, event: OrderEvent, refusal: EventsRefused) -> None:
        event_id = announcement_id(event)
        letter = Letter(
            id=letter_id(event.at, self._source, event_id),
            state=LetterState.DEAD,
            reason=refusal.code,
            detail=str(refusal),
            at=self._clock(),
            origin=ORIGIN,
            event_id=event_id,
            event_type=announcement_type(event),
            source=self._source,
        )
        original = json.dumps(announcement(event, self._source)).encode()
        await self._letters.keep(letter, original)
        _log.warning("event_refused", order_id=event.order_id, number=event.number)
