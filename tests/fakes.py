"""In-memory stand-ins for the ports; the contract suite holds them to the real adapters."""

from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta

from shared.application.ports import (
    LetterFilter,
    Page,
    Undelivered,
    WorkerProgress,
)
from shared.domain.errors import (
    ConcurrentUpdate,
    EventsRefused,
    LetterNotFound,
    OrderExists,
    OrderNotFound,
    OutOfStock,
    ProductNotFound,
    RefundExists,
    RefundNotFound,
    ReservationReleased,
    StockBelowReserved,
    Unavailable,
    UnknownContinuation,
)
from shared.domain.letter import Letter
from shared.domain.order import Order, OrderEvent
from shared.domain.order_summary import OrderSummary
from shared.domain.reconciliation import next_check
from shared.domain.refund import Refund
from shared.domain.review_policy import ReviewPolicy
from shared.domain.stock import Product, StockItem


class FakeClock:
    """Time that moves a second with every look at it."""

    def __init__(self) -> None:
        self._now = datetime(2026, 11, 23, 12, tzinfo=UTC)

    def __call__(self) -> datetime:
        self._now += timedelta(seconds=1)
        return self._now

    def move(self, time: timedelta) -> None:
        """Let so much time pass."""
        self._now += time


class InMemoryOrders:
    """The ``Orders`` port over two dicts."""

    def __init__(self) -> None:
        self.orders: dict[str, Order] = {}
        self.timelines: dict[str, list[OrderEvent]] = {}
        self.promised: dict[str, Refund] = {}
        self.later: dict[str, datetime] = {}
        """When to look at orders again, where somebody said so."""

    async def add(self, order: Order, event: OrderEvent) -> None:
        if order.id in self.orders:
            raise OrderExists
        self.orders[order.id] = order
        self.timelines[order.id] = [event]

    async def get(self, order_id: str) -> Order:
        if order_id not in self.orders:
            raise OrderNotFound(order_id)
        return self.orders[order_id]

    async def as_submitted(self, order_id: str) -> Order:
        return await self.get(order_id)

    async def record(self, order: Order, event: OrderEvent, *refunds: Refund) -> None:
        if any(refund.is_pending and refund.id in self.promised for refund in refunds):
            raise RefundExists
        if self.orders[order.id].version != order.version - 1:
            raise ConcurrentUpdate("order", order.id)
        self.orders[order.id] = order
        self.promised |= {refund.id: refund for refund in refunds}
        self.later.pop(order.id, None)
        self.timelines[order.id].append(event)

    async def events(self, order_id: str) -> Sequence[OrderEvent]:
        await self.get(order_id)
        return self.timelines[order_id]

    async def refund(self, order_id: str, refund_id: str) -> Refund:
        refund = self.promised.get(refund_id)
        if refund is None or refund.order_id != order_id:
            raise RefundNotFound(refund_id)
        return refund

    async def refunds(self, order_id: str) -> Sequence[Refund]:
        mine = [refund for refund in self.promised.values() if refund.order_id == order_id]
        return sorted(mine, key=lambda refund: refund.requested_at)

    async def due(self, now: datetime, at_most: int) -> Sequence[Order]:
        moments = {key: self.later.get(key) or next_check(one) for key, one in self.orders.items()}
        due = sorted((at, key) for key, at in moments.items() if at is not None and at <= now)
        return [self.orders[key] for _, key in due[:at_most]]

    async def check_later(self, order: Order, at: datetime) -> None:
        if self.orders[order.id].version != order.version:
            raise ConcurrentUpdate("order", order.id)
        self.later[order.id] = at

    async def in_attention(self, limit: int, continuation: str | None) -> Page[Order]:
        waiting = {
            f"{attention.since.isoformat()}~{order.id}": order
            for order in self.orders.values()
            if (attention := order.milestones.attention)
        }
        return _page_of(waiting, limit, continuation)

    async def awaiting_approval(self, limit: int, continuation: str | None) -> Page[Order]:
        waiting = {
            f"{due.isoformat()}~{order.id}": order
            for order in self.orders.values()
            if (due := order.approval_due)
        }
        return _page_of(waiting, limit, continuation)


def _page_of(orders: Mapping[str, Order], limit: int, continuation: str | None) -> Page[Order]:
    """Part of *orders*, in the order of their keys."""
    if continuation is not None and continuation not in orders:
        raise UnknownContinuation
    later = sorted(key for key in orders if key > (continuation or ""))
    page = [orders[key] for key in later[:limit]]
    return Page(page, later[limit - 1] if len(later) > limit else None)


class InMemoryStock:
    """The ``Stock`` and ``Catalogue`` ports over one set of levels, as in Cosmos."""

    def __init__(self, *items: StockItem) -> None:
        self.items = {item.product.sku: item for item in items}
        self.reservations: dict[tuple[str, str], int] = {}
        self.committed: set[tuple[str, str]] = set()
        self.used_keys: set[tuple[str, str]] = set()
        self.adjustments = 0

    async def products(self, skus: Sequence[str]) -> Mapping[str, Product]:
        return {sku: self.items[sku].product for sku in skus if sku in self.items}

    async def item(self, sku: str) -> StockItem:
        if sku not in self.items:
            raise ProductNotFound(sku)
        return self.items[sku]

    async def put(self, product: Product, on_hand: int) -> bool:
        known = self.items.get(product.sku)
        reserved = known.reserved if known else 0
        if reserved > on_hand:
            raise StockBelowReserved(product.sku)
        self.items[product.sku] = StockItem(product, on_hand, reserved)
        return known is None

    async def reserve(self, order_id: str, sku: str, quantity: int) -> None:
        held = self.reservations.get((sku, order_id))
        if held == 0:
            raise ReservationReleased(sku, order_id)
        if held is not None:
            return
        item = self.items.get(sku)
        if item is None or item.available < quantity:
            raise OutOfStock(sku, quantity)
        self.reservations[sku, order_id] = quantity
        self.items[sku] = replace(item, reserved=item.reserved + quantity)

    async def adjust(self, sku: str, deltas: Mapping[str, int]) -> Set[str]:
        item = await self.item(sku)
        known = {key for key in deltas if (sku, key) in self.used_keys}
        on_hand = item.on_hand + sum(n for key, n in deltas.items() if key not in known)
        if on_hand < item.reserved:
            raise StockBelowReserved(sku)
        self.items[sku] = replace(item, on_hand=on_hand)
        self.used_keys |= {(sku, key) for key in deltas}
        self.adjustments += 1
        return known

    async def commit(self, order_id: str, sku: str, quantity: int) -> None:
        if (sku, order_id) in self.committed:
            return
        if not self.reservations.get((sku, order_id)):
            raise ReservationReleased(sku, order_id)
        self.committed.add((sku, order_id))
        item = self.items[sku]
        on_hand, reserved = item.on_hand - quantity, item.reserved - quantity
        self.items[sku] = replace(item, on_hand=on_hand, reserved=reserved)

    async def release(self, order_id: str, sku: str, quantity: int) -> None:
        if (sku, order_id) in self.committed:
            return
        held = self.reservations.get((sku, order_id), 0)
        self.reservations[sku, order_id] = 0
        if held:
            item = self.items[sku]
            self.items[sku] = replace(item, reserved=item.reserved - quantity)


class InMemoryLetters:
    """The ``Letters`` port over a dict; a continuation is the last id of the page before."""

    def __init__(self) -> None:
        self.letters: dict[str, Letter] = {}
        self.originals: dict[str, bytes] = {}

    async def keep(self, letter: Letter, original: bytes) -> None:
        self.letters.setdefault(letter.id, letter)
        self.originals.setdefault(letter.id, original)

    async def get(self, letter_id: str) -> tuple[Letter, bytes]:
        if letter_id not in self.letters:
            raise LetterNotFound(letter_id)
        return self.letters[letter_id], self.originals[letter_id]

    async def mark(self, letter: Letter, *, seen: Letter | None = None) -> None:
        stored, _ = await self.get(letter.id)
        if seen is not None and stored not in (seen, letter):
            raise ConcurrentUpdate("dead letter", letter.id)
        self.letters[letter.id] = letter

    async def page(self, which: LetterFilter, limit: int, continuation: str | None) -> Page[Letter]:
        if continuation and continuation not in self.letters:
            raise UnknownContinuation
        fitting = [
            letter
            for id_, letter in sorted(self.letters.items())
            if id_ > (continuation or "") and which.fits(letter)
        ]
        more = len(fitting) > limit
        return Page(fitting[:limit], fitting[limit - 1].id if more else None)


class InMemoryCustomerOrders:
    """The ``CustomerOrders`` port; a continuation is customer and id of the last order given."""

    def __init__(self) -> None:
        self.summaries: dict[str, OrderSummary] = {}

    async def put(self, summaries: Sequence[OrderSummary]) -> None:
        for summary in summaries:
            known = self.summaries.get(summary.order_id)
            if known is None or known.version < summary.version:
                self.summaries[summary.order_id] = summary

    async def page(
        self, customer_id: str, limit: int, continuation: str | None
    ) -> Page[OrderSummary]:
        mine = [s for s in self.summaries.values() if s.customer_id == customer_id]
        mine.sort(key=lambda summary: summary.placed_at, reverse=True)
        tokens = [f"{customer_id}~{summary.order_id}" for summary in mine]
        if continuation is not None and continuation not in tokens:
            raise UnknownContinuation
        start = tokens.index(continuation) + 1 if continuation else 0
        end = start + limit
        return Page(mine[start:end], tokens[end - 1] if end < len(mine) else None)


@dataclass
class InMemoryTopic:
    """The ``EventPublisher`` port; refuses requests with one of *poison*, by order and number."""

    sent: list[OrderEvent] = field(default_factory=list)
    requests: int = 0
    poison: set[tuple[str, int]] = field(default_factory=set)
    failures: int = 0
    """How many requests from now on find the topic out of reach."""
    at_most: int = 100

    def parts(self, events: Sequence[OrderEvent]) -> Sequence[Sequence[OrderEvent]]:
        return [events[n : n + self.at_most] for n in range(0, len(events), self.at_most)]

    async def publish(self, events: Sequence[OrderEvent]) -> None:
        self.requests += 1
        if self.failures > 0:
            self.failures -= 1
            raise Unavailable("event-grid")
        if any((event.order_id, event.number) in self.poison for event in events):
            raise EventsRefused("400 BadRequest")
        self.sent += events


class InMemoryRelayProgress:
    """The ``RelayProgress`` port, with every report that it was given."""

    def __init__(self) -> None:
        self.reports: list[WorkerProgress] = []

    async def report(self, progress: WorkerProgress) -> None:
        self.reports.append(progress)

    async def workers(self) -> Sequence[WorkerProgress]:
        last = {progress.worker: progress for progress in self.reports}
        return [last[worker] for worker in sorted(last)]


@dataclass
class FixedFeatures:
    """The ``Features`` port with the same flags for everyone."""

    flags: dict[str, bool]

    async def of_customer(self, customer_id: str) -> Mapping[str, bool]:
        return self.flags


class InMemoryUndelivered:
    """The ``UndeliveredEvents`` port over a dict."""

    def __init__(self, **files: bytes) -> None:
        self.files = dict(files)

    async def names(self, at_most: int) -> Sequence[str]:
        return list(self.files)[:at_most]

    async def read(self, name: str) -> Undelivered | None:
        content = self.files.get(name)
        return None if content is None else Undelivered(name, content, str(hash(content)))

    async def remove(self, file: Undelivered) -> None:
        if await self.read(file.name) == file:
            del self.files[file.name]


@dataclass
class FixedReviewPolicy:
    """The ``ReviewPolicies`` port with one policy."""

    policy: ReviewPolicy

    async def current(self) -> ReviewPolicy:
        return self.policy
