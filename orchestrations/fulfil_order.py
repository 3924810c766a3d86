"""From an order just taken in to one that is confirmed, or undone with nothing left behind."""

from collections.abc import Generator
from typing import Any, cast

from azure.durable_functions import DurableOrchestrationContext

from orchestrations.approval import await_approval
from orchestrations.retries import PERSISTENT
from orchestrations.saga import Result, Saga, Steps, Stopped, ranges
from shared import durable_contract as names
from shared.durable_contract import FulfilmentResult, FulfilOrder


def fulfil_order(context: DurableOrchestrationContext) -> Result:
    """Reserve the stock, take the payment, confirm; undo everything when one of them is refused.

    An order that has to be approved waits for that first.

    A cancellation is noticed by the next step, which is refused for it.
    """
    order = cast(FulfilOrder, context.get_input())
    saga = Saga(context, order["orderId"])
    try:
        if "reviewHours" in order:
            # Nothing is held for an order that may wait for days.
            yield from await_approval(saga, order["reviewHours"])
        if order["flags"].get(names.AUTHORIZE_FIRST):
            payment = yield from _authorize_payment(saga)
            yield from _reserve_stock(saga, order)
        else:
            yield from _reserve_stock(saga, order)
            payment = yield from _authorize_payment(saga)
        held: dict[str, str] = {}
        if order["flags"].get(names.CAPTURE_AT_DISPATCH):
            held = payment
        else:
            yield from saga.step(names.CAPTURE_PAYMENT, paymentId=payment["paymentId"])
        # The pivot: an order that is paid, or may be confirmed, is not undone for a fault of ours.
        yield from saga.step(names.CONFIRM_ORDER, policy=PERSISTENT, must_succeed=True, **held)
    except Stopped as stop:
        return (yield from saga.conclude(stop))
    return FulfilmentResult(status="Confirmed")


def _reserve_stock(saga: Saga, order: FulfilOrder) -> Steps:
    # One range after the other: the first refusal spares the order all further reservations.
    for lines in ranges(order["lineCount"]):
        yield from saga.step(names.RESERVE_STOCK, undo=names.RELEASE_STOCK, **lines)


def _authorize_payment(saga: Saga) -> Generator[Any, Any, dict[str, str]]:
    authorized = yield from saga.step(names.AUTHORIZE_PAYMENT, undo=names.RETURN_PAYMENT)
    held_until = authorized.get("expiresAt")
    return {"paymentId": authorized["paymentId"]} | (
        {"expiresAt": held_until} if held_until else {}
    )
