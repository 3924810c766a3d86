"""Names and payloads that are written to Durable history: a wire format.

Running instances replay what older code wrote: add fields, never rename or remove. History holds
ids, amounts, counts and outcomes only, and nothing that grows with the order.
"""

from typing import Literal, NotRequired, TypedDict

FULFIL_ORDER = "fulfil_order"
AWAIT_EVENT = "await_event"
SETTLE_ORDER = "settle_order"
SHIP_ORDER = "ship_order"
REFUND_ORDER = "refund_order"
RENEW_AUTHORIZATION = "renew_authorization"

RESERVE_STOCK = "reserve_stock"
RELEASE_STOCK = "release_stock"
AUTHORIZE_PAYMENT = "authorize_payment"
CAPTURE_PAYMENT = "capture_payment"
RETURN_PAYMENT = "return_payment"
CONFIRM_ORDER = "confirm_order"
REJECT_ORDER = "reject_order"
FLAG_ORDER = "flag_order"
RETRY_EVENT = "retry_event"

CANCEL_ORDER = "cancel_order"
COMMIT_STOCK = "commit_stock"
SETTLE_SHIPMENT = "settle_shipment"
CLEAR_ATTENTION = "clear_attention"
REQUEST_APPROVAL = "request_approval"
CHECK_APPROVAL = "check_approval"

COLLECT_PAYMENT = "collect_payment"
HOLD_AGAIN = "hold_again"
VOID_HOLD = "void_hold"
PAY_REFUND = "pay_refund"
RESTOCK_LINES = "restock_lines"
CLOSE_REFUND = "close_refund"

# Raised to a saga when its order changed, which it may wait for. It says nothing: the saga looks.
ORDER_CHANGED = "order-changed"

LINES_PER_RANGE = 100

# Reasons of ends, beside the codes of refusals.
PROCESSING_FAILED = "processing-failed"
CANCELLED = "cancelled"

AUTHORIZE_FIRST = "authorize-before-reserve"
CAPTURE_AT_DISPATCH = "capture-at-dispatch"


class FulfilOrder(TypedDict):
    """Input of the saga: what it needs to know of the order, pinned at intake."""

    orderId: str
    lineCount: int
    flags: dict[str, bool]
    reviewHours: NotRequired[float]
    """Somebody has to approve the order first, within so many hours; absent if nobody has to."""


class SettleOrder(TypedDict):
    """Input of ``settle_order``: the end that the order is to come to, with everything undone."""

    orderId: str
    lineCount: int
    status: str
    reason: str
    attempt: NotRequired[int]
    """Which one this is, from 2: the first was given up. The same for the inputs below."""


class ShipOrder(TypedDict):
    """Input of ``ship_order``: the order whose parcel has left."""

    orderId: str
    lineCount: int
    collect: NotRequired[bool]
    """Whether its money is only held yet."""
    attempt: NotRequired[int]


class RefundOrder(TypedDict):
    """Input of ``refund_order``: the refund, and how many of its lines go back on the shelf."""

    orderId: str
    refundId: str
    restockLines: int
    lineCount: int
    """Of the order: all of them are released if it is never shipped."""
    attempt: NotRequired[int]


class RenewAuthorization(TypedDict):
    """Input of ``renew_authorization``: which hold is to replace the payment's present one."""

    orderId: str
    renewal: int
    paymentId: str
    attempt: NotRequired[int]


class Step(TypedDict):
    """Input of an activity: which order, and for stock, which range of its lines."""

    orderId: str
    firstLine: NotRequired[int]
    lineCount: NotRequired[int]
    paymentId: NotRequired[str]
    reason: NotRequired[str]
    work: NotRequired[str]
    failed: NotRequired[list[str]]
    attempt: NotRequired[int]
    status: NotRequired[str]
    expiresAt: NotRequired[str]
    refundId: NotRequired[str]
    renewal: NotRequired[int]
    deadline: NotRequired[str]
    expired: NotRequired[bool]


class Outcome(TypedDict):
    """Answer of an activity. Faults are raised, not returned: Durable repeats what is raised.

    ``settled``: the order had reached an end before the step; the saga stops and undoes nothing.
    ``postponed``: nothing was tried, since what it needs is left alone for ``retryAfterSeconds``.
    """

    outcome: Literal["done", "refused", "settled", "postponed"]
    reason: NotRequired[str]
    paymentId: NotRequired[str]
    retryAfterSeconds: NotRequired[int]
    expiresAt: NotRequired[str]
    """Of a hold: until when it can be captured, by RFC 3339."""
    status: NotRequired[str]
    release: NotRequired[bool]
    """The order is never going to be shipped: its stock is free."""
    deadline: NotRequired[str]
    waiting: NotRequired[bool]
    """Nobody has decided yet."""


class FulfilmentResult(TypedDict):
    """Output of the saga: the state it left the order in."""

    status: str
    reason: NotRequired[str]


class AwaitEvent(TypedDict):
    """Input of ``await_event``: the letter of an event that came too early, and our patience."""

    letterId: str
    attempts: int


class Attempt(TypedDict):
    """Input of ``retry_event``: which letter, and whether nobody will try it after this."""

    letterId: str
    last: bool
