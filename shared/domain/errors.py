"""Everything that can go wrong with an order, split by what the caller does next.

OrderError
├── Invalid              the request cannot be taken as it is: the client changes it
│   ├── UnknownSkus, CurrencyMismatch, PriceMismatch, TotalOutOfRange
│   ├── IdempotencyKeyReused, UnknownContinuation, RefundCurrencyMismatch, InvalidSignature
│   └── StockBelowReserved
├── Missing              OrderNotFound, ProductNotFound, LetterNotFound, RefundNotFound,
│                        PaymentNotFound
├── Conflict             what is stored is not in a state that allows it
│   ├── ActionNotAllowed, ApprovalDecided
│   ├── RefundExceedsCaptured, RefundExceedsOrdered, NothingToRestock
│   ├── OutcomeNotPossible
│   ├── LetterSettled, LetterNotReplayable
│   └── ReplayRefused
├── Refused              a business answer, final for this order: OutOfStock, ReservationReleased,
│                        PaymentDeclined, AlreadyCaptured, RefundRefused, CancellationRequested,
│                        NotApproved, ApprovalExpired
├── MalformedEvent, PaymentMismatch   an event can never be taken in
├── TooEarly             an event cannot be taken in yet
├── EventsRefused        our own events are not as the topic takes them
├── IllegalTransition    a programming error: the state table forbids it
└── Transient            may work later, unchanged: ConcurrentUpdate, IntakePaused, OrderBusy,
    │                    WebhooksNotSetUp
    └── Unavailable      CircuitOpen

``OrderExists`` and ``RefundExists`` are not in the tree: they are how a repeat is noticed.
"""

from collections.abc import Sequence


class OrderError(Exception):
    """Base of all; ``code`` is stable and public: problem types and rejection reasons use it."""

    code = "order-error"


class Invalid(OrderError):
    """The request contradicts itself or the catalogue."""

    code = "invalid-request"
    field = ""
    """JSON pointer into the request body; empty where the whole of it is at fault."""


class UnknownSkus(Invalid):
    """Some lines name products that the catalogue does not have."""

    code = "unknown-skus"
    field = "/lines"

    def __init__(self, skus: Sequence[str]) -> None:
        self.skus = tuple(skus)
        super().__init__(f"Not in the catalogue: {', '.join(self.skus)}")


class CurrencyMismatch(Invalid):
    """A product is not sold in the currency of the order."""

    code = "currency-mismatch"
    field = "/currency"

    def __init__(self, sku: str, sold_in: str, ordered_in: str) -> None:
        self.sku = sku
        super().__init__(f"{sku} is sold in {sold_in}, not in {ordered_in}")


class PriceMismatch(Invalid):
    """The client expected another total than the catalogue's."""

    code = "price-mismatch"
    field = "/expectedTotal"

    def __init__(self, expected: str, actual: str) -> None:
        self.expected = expected
        self.actual = actual
        super().__init__(f"Expected a total of {expected}, but it is {actual}")


class TotalOutOfRange(Invalid):
    """The order is worth nothing, or more than can be charged in one payment."""

    code = "total-out-of-range"
    field = "/lines"

    def __init__(self, total: str, limit: str) -> None:
        super().__init__(f"The total is {total}; it must be above zero and at most {limit}")


class IdempotencyKeyReused(Invalid):
    """The key belongs to an earlier submission with another body, which stays as it is."""

    code = "idempotency-key-reused"

    def __init__(self, order_id: str) -> None:
        self.order_id = order_id
        super().__init__("This Idempotency-Key was used before with a different body")


class UnknownContinuation(Invalid):
    """A listing cannot be continued with this token: it is garbled, or of another listing."""

    code = "unknown-continuation"

    def __init__(self) -> None:
        super().__init__("The continuation token is not one that this listing gave out")


class RefundCurrencyMismatch(Invalid):
    """A refund names another currency than was paid in."""

    code = "currency-mismatch"
    field = "/amount/currency"

    def __init__(self, wanted: str, paid_in: str) -> None:
        super().__init__(f"The order was paid in {paid_in}, and is not refunded in {wanted}")


class InvalidSignature(Invalid):
    """A message is not signed by whom it claims to be from, or was signed long ago."""

    code = "invalid-signature"

    def __init__(self) -> None:
        super().__init__("The signature does not fit the body, or is too old")


class StockBelowReserved(Invalid):
    """The new on-hand count would be lower than what orders already hold."""

    code = "stock-below-reserved"
    field = "/onHand"

    def __init__(self, sku: str) -> None:
        self.sku = sku
        super().__init__(f"{sku}: orders hold more units than that would leave on hand")


class Missing(OrderError):
    """What the request names does not exist."""

    code = "not-found"


class OrderNotFound(Missing):
    """There is no order with this id."""

    code = "order-not-found"

    def __init__(self, order_id: str) -> None:
        self.order_id = order_id
        super().__init__(f"There is no order {order_id}")


class ProductNotFound(Missing):
    """There is no product with this SKU."""

    code = "product-not-found"

    def __init__(self, sku: str) -> None:
        self.sku = sku
        super().__init__(f"There is no product {sku}")


class RefundNotFound(Missing):
    """There is no refund with this id."""

    code = "refund-not-found"

    def __init__(self, refund_id: str) -> None:
        self.refund_id = refund_id
        super().__init__(f"There is no refund {refund_id}")


class LetterNotFound(Missing):
    """There is no dead letter with this id."""

    code = "dead-letter-not-found"

    def __init__(self, letter_id: str) -> None:
        self.letter_id = letter_id
        super().__init__(f"There is no dead letter {letter_id}")


class PaymentNotFound(Missing):
    """A payment belongs to no order of ours."""

    code = "payment-not-found"

    def __init__(self, payment_id: str) -> None:
        super().__init__(f"The payment {payment_id} belongs to no order here")


class Conflict(OrderError):
    """The request is sound, but comes to a thing that is not, or no longer, as it has to be."""

    code = "conflict"


class ActionNotAllowed(Conflict):
    """The order is not in a state for it. ``allowed`` are the actions that it is in a state for."""

    code = "action-not-allowed"

    def __init__(self, order_id: str, action: str, state: str, allowed: Sequence[str]) -> None:
        self.action = action
        self.state = state
        self.allowed = tuple(allowed)
        now = f"allowed now: {', '.join(self.allowed)}" if self.allowed else "nothing is allowed"
        super().__init__(f"Order {order_id} is {state}, which does not allow to {action} it; {now}")


class RefundExceedsCaptured(Conflict):
    """More than is left of what was taken, when everything promised is given back."""

    code = "refund-exceeds-captured"

    def __init__(self, wanted: str, captured: str, refundable: str) -> None:
        self.captured = captured
        self.refundable = refundable
        super().__init__(
            f"{wanted} cannot be refunded: {captured} was captured, {refundable} is left to refund"
        )


class RefundExceedsOrdered(Conflict):
    """More units of a product than were ordered and not refunded before."""

    code = "refund-exceeds-ordered"

    def __init__(self, sku: str, wanted: int, left: int) -> None:
        self.sku = sku
        self.left = left
        super().__init__(f"{sku}: {wanted} to be refunded, {left} left to refund")


class NothingToRestock(Conflict):
    """Goods that have not left come back to no shelf."""

    code = "nothing-to-restock"

    def __init__(self, order_id: str) -> None:
        super().__init__(f"Order {order_id} was not shipped: its goods are in stock still")


class OutcomeNotPossible(Conflict):
    """What a person says to have become of an order's work is not how that work can end."""

    code = "outcome-not-possible"

    def __init__(self, order_id: str, work: str, outcome: str) -> None:
        self.work = work
        super().__init__(f"The work {work} of order {order_id} cannot be {outcome}")


class ApprovalDecided(Conflict):
    """The first decision about an order holds; this one is another."""

    code = "approval-decided"

    def __init__(self, order_id: str, decision: str, state: str) -> None:
        self.decision = decision
        self.state = state
        super().__init__(f"The approval of order {order_id} was {decision} already; it is {state}")


class LetterSettled(Conflict):
    """The letter was settled the other way: a discarded one is not replayed, nor the reverse."""

    code = "dead-letter-settled"

    def __init__(self, letter_id: str, state: str) -> None:
        self.state = state
        super().__init__(f"The dead letter {letter_id} was {state} already")


class LetterNotReplayable(Conflict):
    """The letter is about a document of ours that is no event, or is not there any more."""

    code = "dead-letter-not-replayable"

    def __init__(self, letter_id: str, origin: str) -> None:
        super().__init__(
            f"The dead letter {letter_id} of the {origin} is about no event that can be sent again"
        )


class ReplayRefused(Conflict):
    """The event was tried again, and is still not as it would have to be; ``reason`` says why."""

    code = "replay-refused"

    def __init__(self, letter_id: str, reason: str, detail: str) -> None:
        self.letter_id = letter_id
        self.reason = reason
        super().__init__(f"The event was tried again and is refused still: {detail or reason}")


class Refused(OrderError):
    """The answer to this order is no; asking again gives the same answer."""

    code = "refused"


class OutOfStock(Refused):
    """Fewer units are free than the order needs."""

    code = "out-of-stock"

    def __init__(self, sku: str, requested: int) -> None:
        self.sku = sku
        self.requested = requested
        super().__init__(f"{sku}: {requested} requested, fewer are free")


class ReservationReleased(Refused):
    """This order's reservation was given back; a late repeat must not take it again."""

    code = "reservation-released"

    def __init__(self, sku: str, order_id: str) -> None:
        super().__init__(f"{sku}: the reservation of order {order_id} was released")


class PaymentDeclined(Refused):
    """The provider refused the payment; ``provider_code`` says why in its words."""

    code = "payment-declined"

    def __init__(self, provider_code: str) -> None:
        self.provider_code = provider_code
        super().__init__(f"The payment was declined: {provider_code}")


class AlreadyCaptured(Refused):
    """A hold cannot be let go of, since its money was taken."""

    code = "already-captured"

    def __init__(self, payment_id: str) -> None:
        super().__init__(f"The payment {payment_id} was captured already")


class RefundRefused(Refused):
    """The provider's final no to a refund; ``provider_code`` says why in its words."""

    code = "refund-refused"

    def __init__(self, provider_code: str) -> None:
        self.provider_code = provider_code
        super().__init__(f"The refund was refused: {provider_code}")


class CancellationRequested(Refused):
    """The order is to be undone: it goes no further."""

    code = "cancelled"

    def __init__(self, order_id: str) -> None:
        super().__init__(f"The cancellation of order {order_id} was requested")


class NotApproved(Refused):
    """Somebody has looked at the order and said no."""

    code = "not-approved"

    def __init__(self, order_id: str) -> None:
        super().__init__(f"Order {order_id} was not approved")


class ApprovalExpired(Refused):
    """The order needed approval, and nobody gave it in time."""

    code = "approval-expired"

    def __init__(self, order_id: str) -> None:
        super().__init__(f"Order {order_id} was not approved in time")


class IllegalTransition(OrderError):
    """The state table does not allow this change."""

    code = "illegal-transition"

    def __init__(self, order_id: str, current: str, wanted: str) -> None:
        super().__init__(f"Order {order_id} is {current} and cannot become {wanted}")


class Transient(OrderError):
    """The same request may succeed later."""

    code = "try-again"
    retry_after_seconds = 2


class ConcurrentUpdate(Transient):
    """Another writer changed the item after we read it."""

    code = "concurrent-update"

    def __init__(self, what: str, identity: str) -> None:
        super().__init__(f"The {what} {identity} changed meanwhile")


class Unavailable(Transient):
    """A backing service did not answer, or is throttling; whether it acted is unknown."""

    code = "service-unavailable"

    def __init__(self, service: str, retry_after_seconds: int = 2) -> None:
        self.service = service
        self.retry_after_seconds = retry_after_seconds
        super().__init__(f"{service} is not available")


class CircuitOpen(Unavailable):
    """A backing service has failed so often that it is left alone for a while: not even asked."""


class IntakePaused(Transient):
    """The feature flag ``order-intake`` is off: nothing was taken in."""

    code = "intake-paused"
    retry_after_seconds = 30

    def __init__(self) -> None:
        super().__init__("New orders are not being taken at the moment")


class OrderBusy(Transient):
    """Something else has to happen to the order first."""

    code = "order-busy"
    retry_after_seconds = 60

    def __init__(self, why: str) -> None:
        super().__init__(why)


class WebhooksNotSetUp(Transient):
    """The secret that webhooks are signed with is not set, so none can be believed."""

    code = "webhooks-not-set-up"
    retry_after_seconds = 3600

    def __init__(self) -> None:
        super().__init__("PAYMENT_WEBHOOK_SECRET is not set: no webhook is taken in")


class MalformedEvent(OrderError):
    """An event can never be taken in as it is; ``code`` says what kind of thing is wrong."""

    def __init__(self, code: str, detail: str) -> None:
        self.code = code
        super().__init__(detail)


class TooEarly(OrderError):
    """The event is about something that has not happened here yet, but still may."""

    code = "too-early"

    def __init__(self, order_id: str, current: str) -> None:
        super().__init__(f"Order {order_id} {current}")


class PaymentMismatch(OrderError):
    """An event speaks of another payment than the order's."""

    code = "payment-mismatch"

    def __init__(self, order_id: str, payment_id: str) -> None:
        super().__init__(f"The payment of order {order_id} is another than {payment_id}")


class EventsRefused(OrderError):
    """The topic refuses to take these events, and would refuse them again."""

    code = "refused-by-event-grid"

    def __init__(self, detail: str) -> None:
        super().__init__(f"Event Grid refused the events: {detail}")


class OrderExists(Exception):
    """An order with this id is already stored."""


class RefundExists(Exception):
    """A refund with this id was promised before."""
