"""Settling letters: trying their events again, or deciding that they are not to be taken in."""

from shared.application.ports import (
    Clock,
    Judgement,
    Letters,
    Resend,
    StartSaga,
    TakeIn,
    Verdict,
)
from shared.domain.errors import (
    EventsRefused,
    LetterSettled,
    ReplayRefused,
)
from shared.domain.letter import Letter, LetterState

RELAY = "relay"
"""The origin of letters whose events are our own: they go out, not in."""


class SettleLetters:
    """What a person can do with a letter. All of it is repeatable."""

    def __init__(self, letters: Letters, take_in: TakeIn, resend: Resend, clock: Clock) -> None:
        """*resend*: how events of our own, which the topic refused, are sent again."""
        self._letters = letters
        self._take_in = take_in
        self._resend = resend
        self._clock = clock

    async def replay(self, letter_id: str, start_saga: StartSaga) -> Letter:
        """Try the letter's event again, with the very bytes that came first.

        The letter is applied then. One that was waiting, and whose time has not come yet, waits on.
        A letter that was applied before is left alone.

        Raises:
            LetterNotFound
            LetterSettled: it was discarded.
            LetterNotReplayable: it is about a document of ours that is no event, or is gone.
            ReplayRefused: the event is still not acceptable; the letter is dead, with that reason.
            ConcurrentUpdate: somebody else settled the letter meanwhile.
        """
        letter, original = await self._letters.get(letter_id)
        if letter.state is LetterState.APPLIED:
            return letter
        if letter.state is LetterState.DISCARDED:
            raise LetterSettled(letter_id, letter.state)
        verdict = await self._try_again(letter, original, start_saga)
        return await self._record(letter, verdict)

    async def discard(self, letter_id: str, comment: str = "") -> Letter:
        """Decide that the letter's event is not to be taken in; *comment* is kept with the letter.

        A letter that was discarded before is left alone, its first comment included.

        Raises:
            LetterNotFound
            LetterSettled: it was applied.
            ConcurrentUpdate: somebody else settled the letter meanwhile.
        """
        letter, _ = await self._letters.get(letter_id)
        if letter.state is LetterState.DISCARDED:
            return letter
        if letter.state is LetterState.APPLIED:
            raise LetterSettled(letter_id, letter.state)
        detail = f"Discarded: {comment}. Before: {letter.detail}" if comment else ""
        return await self._change(letter, letter.now(_S.DISCARDED, self._clock(), detail=detail))

    async def _try_again(self, letter: Letter, original: bytes, start_saga: StartSaga) -> Verdict:
        if letter.origin != RELAY:
            return await self._take_in(original, start_saga)
        try:
            await self._resend(letter)
        except EventsRefused as refusal:
            return Verdict(Judgement.POISON, refusal.code, str(refusal))
        return Verdict(Judgement.DONE)

    async def _record(self, letter: Letter, verdict: Verdict) -> Letter:
        now = self._clock()
        if verdict.judgement in (Judgement.DONE, Judgement.DUPLICATE):
            applied = letter.now(_S.APPLIED, now)
            # Whatever anybody has decided meanwhile: it is in.
            await self._letters.mark(applied)
            return applied
        reason, detail = verdict.reason, verdict.detail
        if verdict.judgement is Judgement.WAITING and letter.state is _S.WAITING:
            return await self._change(letter, letter.now(_S.WAITING, now, reason, detail))
        # A dead letter that comes too early stays dead: nothing would try it again by itself.
        await self._change(letter, letter.now(_S.DEAD, now, reason, detail))
        raise ReplayRefused(letter.id, reason, detail)

    async def _change(self, seen: Letter, letter: Letter) -> Letter:
        await self._letters.mark(letter, seen=seen)
        return letter


_S = LetterState
