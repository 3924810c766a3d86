"""Holding the money of an order anew, before the provider lets go of the present hold."""

from typing import cast

from azure.durable_functions import DurableOrchestrationContext

from orchestrations.retries import PERSISTENT
from orchestrations.saga import Result, Saga, Stopped
from shared import durable_contract as names
from shared.durable_contract import FulfilmentResult, RenewAuthorization


def renew_authorization(context: DurableOrchestrationContext) -> Result:
    """Hold the amount again, and only then void the old hold: the order is covered all the time."""
    order = cast(RenewAuthorization, context.get_input())
    saga = Saga(context, order["orderId"], order.get("attempt", 1))
    try:
        yield from saga.step(names.HOLD_AGAIN, policy=PERSISTENT, renewal=order["renewal"])
        yield from saga.step(names.VOID_HOLD, policy=PERSISTENT, paymentId=order["paymentId"])
        if order.get("attempt", 1) > 1:
            yield from saga.step(names.CLEAR_ATTENTION, policy=PERSISTENT)
    except Stopped as stop:
        if stop.outcome["outcome"] == "settled":
            return FulfilmentResult(status=stop.outcome["status"])
        return (yield from saga.give_up("renew", stop.outcome["reason"], [stop.step]))
    return FulfilmentResult(status="Renewed")
