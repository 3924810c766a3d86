"""Orders that wait for a person: what could not be undone, or is not known."""

from dataclasses import replace
from datetime import datetime

from shared.domain.errors import IllegalTransition
from shared.domain.milestones import Attention, Work
from shared.domain.order import ENDS, TRANSITIONS, Changed, Order, OrderStatus
from shared.domain.timeline import EventType

_AFTER_AN_END = (Work.PAYMENT, Work.REFUND)


def flag(
    order: Order,
    work: Work,
    reason: str,
    at: datetime,
    *,
    back_to: OrderStatus,
    steps: tuple[str, ...] = (),
    attempt: int = 1,
    fact: str | None = None,
) -> Changed | None:
    """The order as NeedsAttention; None if it is so since this *attempt*, or for another work.

    Raises:
        IllegalTransition: an order that was undone has nothing left to be attended to, but money
            that came back, and the goods of a refund.
    """
    known = order.milestones.attention
    if order.status in ENDS and work not in _AFTER_AN_END:
        raise IllegalTransition(order.id, order.status, OrderStatus.NEEDS_ATTENTION)
    if known is None:
        attention = Attention(at, work, reason, back_to.value, steps)
        told = order.milestones.notices
        notices = (*told, fact) if fact else told
        to = OrderStatus.NEEDS_ATTENTION
        return order.advance(to, at, reason=reason, attention=attention, notices=notices)
    # What another saga gives up meanwhile is owed still when this is cleared, and begun anew then.
    if known.work is not work or known.tried >= attempt:
        return None
    again = replace(known, reason=reason, steps=steps, tried=attempt)
    moved = replace(order, reason=reason)
    return moved.note(EventType.ATTENTION_STILL_NEEDED, at, reason=reason, attention=again)


def clear(order: Order, at: datetime) -> Changed | None:
    """The order back where it was; None if all is well with it.

    Raises:
        IllegalTransition
    """
    attention = order.milestones.attention
    if attention is None:
        return None
    back_to = OrderStatus(attention.back_to)
    if back_to not in TRANSITIONS[order.status]:
        raise IllegalTransition(order.id, order.status, back_to)
    moved = replace(order, status=back_to, reason=None)
    return moved.note(EventType.ATTENTION_CLEARED, at, attention=None)
