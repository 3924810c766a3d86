"""Keeping the promise of a refund: first the money, then the goods that came back."""

from typing import cast

from azure.durable_functions import DurableOrchestrationContext

from orchestrations.retries import PERSISTENT
from orchestrations.saga import Result, Saga, Steps, Stopped, ranges
from shared import durable_contract as names
from shared.durable_contract import PROCESSING_FAILED, FulfilmentResult, RefundOrder

REFUNDED = "Refunded"
FAILED = "RefundFailed"


def refund_order(context: DurableOrchestrationContext) -> Result:
    """Pay back what was promised; put the goods on the shelf, or release what never left it.

    The provider's final no is recorded by the step that hears it. A fault is left to a person.
    """
    refund = cast(RefundOrder, context.get_input())
    saga = Saga(context, refund["orderId"], refund.get("attempt", 1))
    try:
        yield from _pay_and_put_back(saga, refund)
    except Stopped as stop:
        reason = stop.outcome["reason"]
        if reason == PROCESSING_FAILED:
            return (yield from saga.give_up("refund", reason, [stop.step]))
        return FulfilmentResult(status=FAILED, reason=reason)
    return FulfilmentResult(status=REFUNDED)


def _pay_and_put_back(saga: Saga, refund: RefundOrder) -> Steps:
    which = refund["refundId"]
    paid = yield from saga.step(names.PAY_REFUND, policy=PERSISTENT, refundId=which)
    for lines in ranges(refund["restockLines"]):
        yield from saga.step(names.RESTOCK_LINES, policy=PERSISTENT, refundId=which, **lines)
    if paid.get("release"):
        for lines in ranges(refund["lineCount"]):
            yield from saga.step(names.RELEASE_STOCK, policy=PERSISTENT, **lines)
    if refund["restockLines"] or paid.get("release"):
        yield from saga.step(names.CLOSE_REFUND, policy=PERSISTENT, refundId=which)
