"""What handlers of events have in common."""

from abc import abstractmethod
from collections.abc import Awaitable, Sequence
from typing import Protocol

import structlog

from shared.application.events.understanding import Event
from shared.application.ports import Judgement, StartSaga, Verdict
from shared.domain.errors import OrderError, TooEarly, Transient

_log = structlog.get_logger(__name__)

INTERNAL_ERROR = "internal-error"


class Handler(Protocol):
    """Takes in the events of some types. Repeatable, like everything that comes at least once."""

    @abstractmethod
    def about(self, event: Event) -> str:
        """What the event is about. Events about the same thing are handled together, in order."""

    @abstractmethod
    async def handle(self, events: Sequence[Event], start_saga: StartSaga) -> Sequence[Verdict]:
        """The verdict on each of *events*, which are about the same thing.

        Raises:
            Transient: it is unknown how some of them went. All of them will come again.
        """


class OneByOne(Handler, Protocol):
    """A handler that does not gain from seeing several events at once."""

    async def handle(self, events: Sequence[Event], start_saga: StartSaga) -> Sequence[Verdict]:
        return [await judged(self.take_in(event, start_saga)) for event in events]

    @abstractmethod
    async def take_in(self, event: Event, start_saga: StartSaga) -> Judgement:
        """Take in one event; a refusal that it raises is turned into the event's verdict."""


async def judged(work: Awaitable[Judgement]) -> Verdict:
    """What *work* says, or what its error means for the event.

    Raises:
        Transient
    """
    try:
        return Verdict(await work)
    except TooEarly as early:
        return Verdict(Judgement.WAITING, early.code, str(early))
    except Transient:
        raise
    except OrderError as refusal:
        return Verdict(Judgement.POISON, refusal.code, str(refusal))
    except Exception as fault:
        # A fault of ours, and perhaps of this event alone: it must not hold up all others.
        _log.exception("event_failed")
        detail = f"taking it in failed with {type(fault).__name__}; the log has more"
        return Verdict(Judgement.WAITING, INTERNAL_ERROR, detail)
