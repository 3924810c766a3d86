"""Names and payloads that are written to Durable history: a wire format.

Running instances replay what older code wrote: add fields, never rename or remove. History holds
ids, amounts, counts and outcomes only, and nothing that grows with the order.
"""

from typing import Literal, NotRequired, TypedDict

FULFIL_ORDER = "fulfil_order"
AWAIT_EVENT = "await_event"

RESERVE_STOCK = "reserve_stock"
RELEASE_STOCK = "release_stock"
AUTHORIZE_PAYMENT = "authorize_payment"
CAPTURE_PAYMENT = "capture_payment"
RETURN_PAYMENT = "return_payment"
CONFIRM_ORDER = "confirm_order"
REJECT_ORDER = "reject_order"
FLAG_ORDER = "flag_order"
RETRY_EVENT = "retry_event"

LINES_PER_RANGE = 100

AUTHORIZE_FIRST = "authorize-before-reserve"


class FulfilOrder(TypedDict):
    """Input of the saga: what it needs to know of the order, pinned at intake."""

    orderId: str
    lineCount: int
    flags: dict[str, bool]


class Step(TypedDict):
    """Input of an activity: which order, and for stock, which range of its lines."""

    orderId: str
    firstLine: NotRequired[int]
    lineCount: NotRequired[int]
    paymentId: NotRequired[str]
    reason: NotRequired[str]


class Outcome(TypedDict):
    """Answer of an activity. Faults are raised, not returned: Durable repeats what is raised.

    ``settled``: the order had reached an end before the step; the saga stops and undoes nothing.
    """

    outcome: Literal["done", "refused", "settled"]
    reason: NotRequired[str]
    paymentId: NotRequired[str]
    status: NotRequired[str]


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
