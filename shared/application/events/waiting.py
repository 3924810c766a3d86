"""Events that came too early: tried again, and in the end given up."""

import structlog

from shared.application.ports import Clock, Judgement, Letters, TakeIn
from shared.domain.letter import LetterState
from shared.domain.order import Order

_log = structlog.get_logger(__name__)

_STATES = {
    Judgement.DONE: LetterState.APPLIED,
    Judgement.DUPLICATE: LetterState.APPLIED,
    Judgement.WAITING: LetterState.WAITING,
    Judgement.POISON: LetterState.DEAD,
}


async def leave_to_change_feed(order: Order) -> None:
    """A ``StartSaga`` for where there is no Durable client: the change feed of the orders starts
    the saga of any order that is still Pending.
    """


class RetryEvent:
    """One more attempt at the event of a waiting letter."""

    def __init__(self, letters: Letters, take_in: TakeIn, clock: Clock) -> None:
        self._letters = letters
        self._take_in = take_in
        self._clock = clock

    async def __call__(self, letter_id: str, *, last: bool) -> LetterState:
        """The state of the letter after the attempt; a letter that does not wait stays as it is.

        After the *last* attempt it waits no more: what is still too early is a dead letter.

        Raises:
            Transient, LetterNotFound
        """
        letter, original = await self._letters.get(letter_id)
        if letter.state is not LetterState.WAITING:
            return letter.state
        verdict = await self._take_in(original, leave_to_change_feed)
        state = _STATES[verdict.judgement]
        if state is LetterState.WAITING and last:
            state = LetterState.DEAD
        if state is not LetterState.WAITING:
            settled = letter.now(state, self._clock(), verdict.reason, verdict.detail)
            await self._letters.mark(settled, seen=letter)
            _log.info("event_settled", letter_id=letter_id, state=state, reason=verdict.reason)
        return state
