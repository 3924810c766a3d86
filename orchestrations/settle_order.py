"""Undoing an order whose saga has ended: one cancelled after it was confirmed, or half undone."""

from typing import cast

from azure.durable_functions import DurableOrchestrationContext

from orchestrations.saga import Result, Saga, ranges
from shared import durable_contract as names
from shared.durable_contract import SettleOrder


def settle_order(context: DurableOrchestrationContext) -> Result:
    """Give the money back, release the stock, and record the end."""
    order = cast(SettleOrder, context.get_input())
    saga = Saga(context, order["orderId"], order.get("attempt", 1))
    for lines in ranges(order["lineCount"]):
        saga.owes(names.RELEASE_STOCK, **lines)
    saga.owes(names.RETURN_PAYMENT)
    return (yield from saga.undo(order["status"], order["reason"]))
