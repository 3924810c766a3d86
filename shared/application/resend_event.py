"""Sending one of our own events to the topic again, from the record of its order."""

import re

from shared.application.ports import EventPublisher, Orders
from shared.domain.errors import LetterNotReplayable, OrderNotFound
from shared.domain.letter import Letter

# As the relay names them: an event that was refused, or the document of one that was not readable.
_EVENT = re.compile(r"(?P<order_id>[^/]+)/(?:event-)?0*(?P<number>[1-9][0-9]*)")


class ResendEvent:
    """The ``Resend`` of the app. Repeatable: the event has the same id each time."""

    def __init__(self, orders: Orders, publisher: EventPublisher) -> None:
        self._orders = orders
        self._publisher = publisher

    async def __call__(self, letter: Letter) -> None:
        """Publish the event as the record has it now, which is where a fault of it is mended.

        Raises:
            EventsRefused: the topic still does not take it.
            LetterNotReplayable: the letter is about something else, or the event is gone.
        """
        named = _EVENT.fullmatch(letter.event_id)
        if named is None:
            raise LetterNotReplayable(letter.id, letter.origin)
        try:
            events = await self._orders.events(named["order_id"])
        except OrderNotFound as error:
            raise LetterNotReplayable(letter.id, letter.origin) from error
        chosen = [event for event in events if event.number == int(named["number"])]
        if not chosen:
            raise LetterNotReplayable(letter.id, letter.origin)
        await self._publisher.publish(chosen)
