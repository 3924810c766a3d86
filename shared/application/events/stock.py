"""``Inventory.StockAdjusted``: those of one SKU become one transactional batch."""

from collections.abc import Iterable, Iterator, Sequence, Set
from typing import cast

from shared.application.events.handling import Handler, judged
from shared.application.events.messages import StockAdjusted
from shared.application.events.understanding import Event
from shared.application.ports import MOST_ADJUSTMENTS, Judgement, StartSaga, Stock, Verdict
from shared.domain.errors import StockBelowReserved
from shared.domain.identity import derive_event_key


class StockAdjustments(Handler):
    """Changes the on-hand count of a SKU once for each event, however often that comes."""

    def __init__(self, stock: Stock) -> None:
        self._stock = stock

    def about(self, event: Event) -> str:
        return _adjustment(event).sku

    async def handle(self, events: Sequence[Event], start_saga: StartSaga) -> Sequence[Verdict]:  # noqa: ARG002
        verdicts: list[Verdict] = []
        for first in range(0, len(events), MOST_ADJUSTMENTS):
            verdicts += await self._adjust(events[first : first + MOST_ADJUSTMENTS])
        return verdicts

    async def _adjust(self, events: Sequence[Event]) -> Sequence[Verdict]:
        """All of *events* in one batch, or if they take too much together, each in its own."""
        used_before: set[str] = set()

        async def adjust() -> Judgement:
            deltas = {_key(event): _adjustment(event).delta for event in events}
            used_before.update(await self._stock.adjust(self.about(events[0]), deltas))
            return Judgement.DONE

        verdict = await judged(adjust())
        if verdict.reason == StockBelowReserved.code and len(events) > 1:
            return [verdict for event in events for verdict in await self._adjust([event])]
        if verdict.judgement is not Judgement.DONE:
            return [verdict] * len(events)
        return [Verdict(judgement) for judgement in _judgements(map(_key, events), used_before)]


def _judgements(keys: Iterable[str], used_before: Set[str]) -> Iterator[Judgement]:
    """Done for the first event of each key that was not used before."""
    used = set(used_before)
    for key in keys:
        yield Judgement.DUPLICATE if key in used else Judgement.DONE
        used.add(key)


def _adjustment(event: Event) -> StockAdjusted:
    return cast(StockAdjusted, event.message)


def _key(event: Event) -> str:
    return derive_event_key(event.envelope.source, event.envelope.id)
