"""What the use cases need from the outside world; adapters provide it.

The payment provider has a file of its own: ``payment_gateway.py``.

Every method may raise :class:`~shared.domain.errors.Unavailable`. Then it is unknown whether the
effect took place, and the caller repeats the call: each one is repeatable.
"""

from collections.abc import Awaitable, Callable, Mapping, Sequence, Set
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Generic, Protocol, TypeVar

from shared.application.owed_sagas import OwedSaga
from shared.domain.letter import Letter, LetterState
from shared.domain.order import Order, OrderEvent
from shared.domain.order_summary import OrderSummary
from shared.domain.refund import Refund
from shared.domain.review_policy import ReviewPolicy
from shared.domain.stock import Product, StockItem

Item = TypeVar("Item")

# A transactional batch has at most 100 operations, and one of them changes the level.
MOST_ADJUSTMENTS = 99

Clock = Callable[[], datetime]
"""The current time, aware and in UTC."""

StartSaga = Callable[[Order], Awaitable[None]]
"""Start every saga that an order is owed and that is not running; wake the one that waits."""


@dataclass(frozen=True, slots=True)
class Page(Generic[Item]):
    """Part of a listing; without a continuation it is the last part."""

    items: Sequence[Item]
    continuation: str | None


class Orders(Protocol):
    """The record of orders and their timelines."""

    async def add(self, order: Order, event: OrderEvent) -> None:
        """Store a new order with its first event, both or neither.

        Raises:
            OrderExists: the id is taken; nothing was changed.
        """

    async def get(self, order_id: str) -> Order:
        """The order as it is now: one point read.

        Raises:
            OrderNotFound
        """

    async def as_submitted(self, order_id: str) -> Order:
        """The order, perhaps as it was some changes ago: at most one point read, mostly none.

        Fit for what is fixed at intake (lines, amounts), and for :meth:`record`, which notices a
        stale version; not for deciding anything by the order's status.
        """

    async def record(self, order: Order, event: OrderEvent, *refunds: Refund) -> None:
        """Store a changed order with the event of the change and with *refunds* as they are now,
        everything or nothing.

        Raises:
            ConcurrentUpdate: the stored order is not the version that was changed.
            RefundExists: a refund is pending that was stored before, in whatever state.
        """

    async def refund(self, order_id: str, refund_id: str) -> Refund:
        """A refund of the order.

        Raises:
            RefundNotFound
        """

    async def refunds(self, order_id: str) -> Sequence[Refund]:
        """Every refund of the order, oldest first."""

    async def due(self, now: datetime, at_most: int) -> Sequence[Order]:
        """Some of the orders that have to be looked at again by *now*, longest due first."""

    async def check_later(self, order: Order, at: datetime) -> None:
        """Let *order* be due *at* that time, if nothing happens to it before: a change that is not
        worth an event.

        Raises:
            ConcurrentUpdate: something has happened to it.
        """

    async def events(self, order_id: str) -> Sequence[OrderEvent]:
        """The timeline, oldest first.

        Raises:
            OrderNotFound
        """

    async def in_attention(self, limit: int, continuation: str | None) -> Page[Order]:
        """The next at most *limit* orders that need attention, those that wait longest first.

        Raises:
            UnknownContinuation: the token is none of ours.
        """

    async def awaiting_approval(self, limit: int, continuation: str | None) -> Page[Order]:
        """The next at most *limit* orders that somebody may decide about, the next due first.

        Raises:
            UnknownContinuation: the token is none of ours.
        """


class Catalogue(Protocol):
    """Products and prices."""

    async def products(self, skus: Sequence[str]) -> Mapping[str, Product]:
        """The known ones among *skus*; prices may be as old as the catalogue cache."""

    async def item(self, sku: str) -> StockItem:
        """A product and its stock level as they are now.

        Raises:
            ProductNotFound
        """

    async def put(self, product: Product, on_hand: int) -> bool:
        """Create the product, or set name, price and on-hand count; whether it was created.

        What orders have reserved stays reserved.

        Raises:
            StockBelowReserved: fewer than are reserved; nothing was changed.
        """


class Stock(Protocol):
    """Stock levels, and what orders hold of them: one reservation per order and SKU."""

    async def reserve(self, order_id: str, sku: str, quantity: int) -> None:
        """Hold *quantity* units for the order. Holding them twice changes nothing.

        Raises:
            OutOfStock: fewer units are free; nothing was changed.
            ReservationReleased: the order gave its units back before; nothing was changed.
        """

    async def release(self, order_id: str, sku: str, quantity: int) -> None:
        """Give back what :meth:`reserve` holds, and see to it that a late repeat of it holds
        nothing. Without a reservation only the latter happens.
        """

    async def commit(self, order_id: str, sku: str, quantity: int) -> None:
        """The units that the order holds leave the shelf: on hand and reserved fall together.

        Committing twice changes nothing. What is committed can no longer be released.

        Raises:
            ReservationReleased: the order holds nothing; nothing was changed.
        """

    async def adjust(self, sku: str, deltas: Mapping[str, int]) -> Set[str]:
        """Change the on-hand count by the sum of *deltas*, each under the key of its event, of
        which there are at most :data:`MOST_ADJUSTMENTS`. A key that was used before counts for
        nothing; the answer is those keys.

        Raises:
            ProductNotFound, StockBelowReserved: nothing was changed.
            ConcurrentUpdate: some keys were used by someone else meanwhile; nothing was changed.
        """


class SagaState(StrEnum):
    """What the Durable engine says of an instance."""

    MISSING = "missing"
    ALIVE = "alive"
    FINISHED = "finished"
    FAILED = "failed"
    """Ended by a fault of ours, or by a person."""


class Sagas(Protocol):
    """The orchestrations. Of each instance one runs at a time, however often it is started."""

    async def start(self, saga: OwedSaga) -> None:
        """Start *saga* unless it runs; one that runs and waits for what has happened is woken."""

    async def start_owed(self, order: Order) -> None:
        """Start whatever *order* is owed: a ``StartSaga``."""

    async def state(self, instance_id: str) -> SagaState:
        """Whether and how an instance runs."""


class ReviewPolicies(Protocol):
    """When orders need somebody's approval."""

    async def current(self) -> ReviewPolicy:
        """What holds now. Without any such policy, no order needs approval.

        Raises:
            Unavailable: it is not known, or is not understood and never was.
        """


class Features(Protocol):
    """Feature flags."""

    async def of_customer(self, customer_id: str) -> Mapping[str, bool]:
        """Every flag that concerns an order of this customer, as it stands now."""


@dataclass(frozen=True, slots=True)
class LetterFilter:
    """Which letters to list; what is None does not matter."""

    state: LetterState | None = None
    reason: str | None = None
    event_type: str | None = None
    source: str | None = None

    def fits(self, letter: Letter) -> bool:
        """Whether *letter* is one of them."""
        wanted = (
            (self.state, letter.state),
            (self.reason, letter.reason),
            (self.event_type, letter.event_type),
            (self.source, letter.source),
        )
        return all(wish is None or wish == fact for wish, fact in wanted)


class Letters(Protocol):
    """The events that could not be taken in, or sent, with their original bytes."""

    async def keep(self, letter: Letter, original: bytes) -> None:
        """Store the letter. One with this id that is there already stays as it is."""

    async def get(self, letter_id: str) -> tuple[Letter, bytes]:
        """The letter and the event's original bytes.

        Raises:
            LetterNotFound
        """

    async def mark(self, letter: Letter, *, seen: Letter | None = None) -> None:
        """Replace what is said of a letter (state, reason, detail); its bytes stay.

        With *seen* only if the letter is still as it was when the caller read it.

        Raises:
            LetterNotFound
            ConcurrentUpdate: somebody else changed it meanwhile; nothing was changed.
        """

    async def page(self, which: LetterFilter, limit: int, continuation: str | None) -> Page[Letter]:
        """The next at most *limit* letters, oldest event first.

        Raises:
            UnknownContinuation: the token is none of ours.
        """


@dataclass(frozen=True, slots=True)
class Undelivered:
    """One file of Event Grid: some events that it could not deliver, and why not."""

    name: str
    content: bytes
    version: str
    """Of the file as it was read."""


class UndeliveredEvents(Protocol):
    """What Event Grid itself could not deliver, where it has put it."""

    async def names(self, at_most: int) -> Sequence[str]:
        """Some of the files there are."""

    async def read(self, name: str) -> Undelivered | None:
        """A file; None if somebody else has removed it."""

    async def remove(self, file: Undelivered) -> None:
        """Remove a file. One that has changed since it was read stays."""


class Judgement(StrEnum):
    """What becomes of an event."""

    DONE = "done"
    DUPLICATE = "duplicate"
    WAITING = "waiting"
    """Too early: it is tried again by and by."""
    POISON = "poison"
    """It is never going to work as it is."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """A judgement, and for what was not done, why: a stable code, and the same for people."""

    judgement: Judgement
    reason: str = ""
    detail: str = ""


TakeIn = Callable[[bytes, StartSaga], Awaitable[Verdict]]
"""Take in one event, given its original bytes. Raises Transient if it is unknown how it went."""

Await = Callable[[str], Awaitable[None]]
"""See to it that the event of a waiting letter is tried again, and again, until it is settled."""

Resend = Callable[[Letter], Awaitable[None]]
"""Send one of our own events to the topic again.

Raises :class:`~shared.domain.errors.EventsRefused`,
:class:`~shared.domain.errors.LetterNotReplayable`, or Transient if it is unknown how it went.
"""


class CustomerOrders(Protocol):
    """The read model behind listing a customer's orders. It follows the record of orders."""

    async def put(self, summaries: Sequence[OrderSummary]) -> None:
        """Store the summaries, each unless the same or a newer version is there already.

        They may come in any order and any number of times, from several workers at once.
        """

    async def page(
        self, customer_id: str, limit: int, continuation: str | None
    ) -> Page[OrderSummary]:
        """The next at most *limit* orders of the customer, newest first.

        Raises:
            UnknownContinuation: the token is none of this customer's listing.
        """


class EventPublisher(Protocol):
    """The topic on which other systems follow our orders."""

    def parts(self, events: Sequence[OrderEvent]) -> Sequence[Sequence[OrderEvent]]:
        """*events* in the same order, in parts that fit into one request each."""

    async def publish(self, events: Sequence[OrderEvent]) -> None:
        """Send *events* in one request: all of them, or none.

        Raises:
            EventsRefused: sending them again is refused again; one of them may be the cause.
        """


@dataclass(frozen=True, slots=True)
class WorkerProgress:
    """How one worker of the relay fares, as it said itself at ``reported_at``."""

    worker: str
    reported_at: datetime
    lag_seconds: float
    """Of the page it was working on: how long ago its oldest change had happened."""
    published: int = 0
    """Events since the worker started."""
    oldest_unpublished: datetime | None = None
    """Of the page that it cannot relay; None while all is well, like the next two."""
    failing_since: datetime | None = None
    last_error: str | None = None


class RelayProgress(Protocol):
    """Where workers leave word of how the relay fares."""

    async def report(self, progress: WorkerProgress) -> None:
        """Replace what the worker said before. Forgotten after ten minutes."""

    async def workers(self) -> Sequence[WorkerProgress]:
        """What every worker said last."""


class CircuitState(StrEnum):
    """Public, in ``/ready`` and in metrics."""

    CLOSED = "closed"
    OPEN = "open"
    HALF_OPEN = "half-open"


class CircuitBreaker(Protocol):
    """What leaves a failing service alone, as far as it is shown."""

    @property
    def name(self) -> str:
        """The service's."""

    @property
    def state(self) -> CircuitState:
        """As the next call would meet it."""


class Probe(Protocol):
    """A backing service that readiness depends on."""

    name: str

    async def check(self) -> None:
        """Return if the service answers; raise whatever it raises if not."""
