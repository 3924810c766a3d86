"""What is owed once the parcel of an order has left: its goods leave the stock, and are paid."""

from typing import cast

from azure.durable_functions import DurableOrchestrationContext

from orchestrations.retries import PERSISTENT
from orchestrations.saga import Result, Saga, Stopped, ranges
from shared import durable_contract as names
from shared.durable_contract import FulfilmentResult, ShipOrder


def ship_order(context: DurableOrchestrationContext) -> Result:
    """Commit the stock, and take the money if it was only held.

    Nothing is ever undone: the goods are on their way.
    """
    order = cast(ShipOrder, context.get_input())
    saga = Saga(context, order["orderId"], order.get("attempt", 1))
    try:
        for lines in ranges(order["lineCount"]):
            yield from saga.step(names.COMMIT_STOCK, policy=PERSISTENT, **lines)
        if order.get("collect"):
            yield from saga.step(names.COLLECT_PAYMENT, policy=PERSISTENT)
        yield from saga.step(names.SETTLE_SHIPMENT, policy=PERSISTENT)
        if order.get("attempt", 1) > 1:
            yield from saga.step(names.CLEAR_ATTENTION, policy=PERSISTENT)
    except Stopped as stop:
        return (yield from saga.give_up("ship", stop.outcome["reason"], [stop.step]))
    return FulfilmentResult(status="Shipped")
