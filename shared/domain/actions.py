"""What may be done to an order in the state it is in."""

from enum import StrEnum

from shared.domain.errors import ActionNotAllowed
from shared.domain.order import KEEPS_MONEY, Order, OrderStatus


class Action(StrEnum):
    """Public: the names that answers and problems give them."""

    CANCEL = "cancel"
    RESUME = "resume"
    RESOLVE = "resolve"
    REFUND = "refund"
    APPROVE = "approve"


def allowed_actions(order: Order) -> tuple[Action, ...]:
    """Everything that can be asked for now."""
    return tuple(action for action in Action if _IS_ALLOWED[action](order))


def require(order: Order, action: Action) -> None:
    """Return if *action* is allowed.

    Raises:
        ActionNotAllowed: says in which state the order is, and what that allows.
    """
    allowed = allowed_actions(order)
    if action not in allowed:
        raise ActionNotAllowed(order.id, action, _state(order), allowed)


def _state(order: Order) -> str:
    if order.milestones.cancellation and order.status is not OrderStatus.CANCELLED:
        return f"{order.status} (being cancelled)"
    return f"{order.status} (being refunded)" if _is_refunding(order) else order.status.value


def _may_cancel(order: Order) -> bool:
    is_early = not order.status.is_settled or order.status is OrderStatus.CONFIRMED
    return is_early and order.milestones.cancellation is None


def _may_refund(order: Order) -> bool:
    marks = order.milestones
    promised = marks.refunded_minor_units + marks.refunding_minor_units
    is_kept = order.status in KEEPS_MONEY and marks.cancellation is None
    return is_kept and promised < marks.captured_minor_units


def _is_refunding(order: Order) -> bool:
    return bool(order.milestones.open_refunds)


def _needs_attention(order: Order) -> bool:
    return order.status is OrderStatus.NEEDS_ATTENTION


def _awaits_decision(order: Order) -> bool:
    return order.approval_due is not None


_IS_ALLOWED = {
    Action.CANCEL: _may_cancel,
    Action.RESUME: _needs_attention,
    Action.RESOLVE: _needs_attention,
    Action.REFUND: _may_refund,
    Action.APPROVE: _awaits_decision,
}
