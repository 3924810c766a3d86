"""Taking in a delivery of events: each is judged alone, and nothing is acknowledged unstored."""

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence

import structlog

from shared.application.bounded import for_each
from shared.application.events.handling import Handler
from shared.application.events.understanding import Event, Poison, Understanding
from shared.application.ports import Await, Clock, Judgement, Letters, StartSaga, Verdict
from shared.application.submission import Message
from shared.domain.errors import Transient
from shared.domain.letter import Letter, LetterState, letter_id, letter_id_of_bytes

_log = structlog.get_logger(__name__)

INTAKE = "intake"
_STATES = {Judgement.POISON: LetterState.DEAD, Judgement.WAITING: LetterState.WAITING}

Group = Sequence[Event] | Poison


class Ingestion:
    """Takes in events, with a handler for each type of message."""

    def __init__(
        self,
        understanding: Understanding,
        handlers: Mapping[type[Message], Handler],
        letters: Letters,
        clock: Clock,
        concurrency: int,
    ) -> None:
        self._understanding = understanding
        self._handlers = handlers
        self._letters = letters
        self._clock = clock
        self._concurrency = concurrency

    async def take_in_all(
        self, delivery: str, start_saga: StartSaga, wait: Await
    ) -> Mapping[Judgement, int]:
        """Take in a delivery, and say how many of its events met which fate.

        Poison is kept as a dead letter; what came too early is kept, and waits.

        Raises:
            Transient: after all others were taken in, some could not be. Deliver all of them again:
                those that are done will be duplicates.
        """
        fates: Counter[Judgement] = Counter()
        failures: list[Transient] = []

        async def take_in(group: Group) -> None:
            try:
                for event, verdict in await self._judge(group, start_saga):
                    await self._settle(event, verdict, wait)
                    fates[verdict.judgement] += 1
            except Transient as failure:
                failures.append(failure)

        groups = self._grouped(self._understanding.all_of(delivery))
        await for_each(groups, take_in, at_most=self._concurrency)
        counts = {judgement.value: count for judgement, count in fates.items()}
        _log.info("events_taken_in", **counts, refused_groups=len(failures))
        if failures:
            raise failures[0]
        return fates

    async def take_in(self, original: bytes, start_saga: StartSaga) -> Verdict:
        """Take in one event, as replays and events that wait do: the ``TakeIn`` of the app.

        Keeps no letter.

        Raises:
            Transient: it is unknown how it went.
        """
        event = self._understanding.one(original)
        group: Group = event if isinstance(event, Poison) else [event]
        return next(verdict for _, verdict in await self._judge(group, start_saga))

    def _grouped(self, events: Iterable[Event | Poison]) -> Collection[Group]:
        """Events about the same thing together, in their order; poison by itself."""
        groups: dict[tuple[Handler, str], list[Event]] = {}
        poison: list[Poison] = []
        for event in events:
            if isinstance(event, Poison):
                poison.append(event)
            else:
                handler = self._handlers[type(event.message)]
                groups.setdefault((handler, handler.about(event)), []).append(event)
        return [*poison, *groups.values()]

    async def _judge(
        self, group: Group, start_saga: StartSaga
    ) -> Iterable[tuple[Event | Poison, Verdict]]:
        if isinstance(group, Poison):
            return [(group, group.verdict)]
        handler = self._handlers[type(group[0].message)]
        return zip(group, await handler.handle(group, start_saga), strict=True)

    async def _settle(self, event: Event | Poison, verdict: Verdict, wait: Await) -> None:
        """Keep what was not done, before its delivery is acknowledged."""
        if verdict.judgement not in _STATES:
            return
        letter = self._letter(event, verdict)
        await self._letters.keep(letter, event.original)
        _log.warning("event_kept", letter_id=letter.id, state=letter.state, reason=letter.reason)
        if letter.state is LetterState.WAITING:
            await wait(letter.id)

    def _letter(self, event: Event | Poison, verdict: Verdict) -> Letter:
        envelope = event.envelope
        named = envelope and letter_id(envelope.time, envelope.source, envelope.id)
        return Letter(
            id=named or letter_id_of_bytes(event.original),
            state=_STATES[verdict.judgement],
            reason=verdict.reason,
            detail=verdict.detail,
            at=self._clock(),
            origin=INTAKE,
            event_id=envelope.id if envelope else "",
            event_type=envelope.type if envelope else "",
            source=envelope.source if envelope else "",
        )
