"""The paths of ``fulfil_order``."""

from devstack.catalogue import DECLINED_CARD
from devstack.histories_scenarios import scenario
from devstack.histories_stage import PAYS_FIRST, PAYS_LAST, TO_APPROVE, Stage
from orchestrations.retries import PERSISTENT, TRANSIENT


@scenario("fulfil_order/confirmed")
async def confirmed(stage: Stage) -> str:
    """Stock and money are there."""
    return await stage.order()


@scenario("fulfil_order/confirmed-250-lines")
async def confirmed_250_lines(stage: Stage) -> str:
    """An order of three ranges of lines."""
    return await stage.order(lines=250)


@scenario("fulfil_order/out-of-stock")
async def out_of_stock(stage: Stage) -> str:
    """There is not enough of the only product."""
    return await stage.order(sold_out_line=0)


@scenario("fulfil_order/out-of-stock-in-second-range")
async def out_of_stock_in_second_range(stage: Stage) -> str:
    """The first range of lines was reserved, and is released."""
    return await stage.order(lines=250, sold_out_line=150)


@scenario("fulfil_order/payment-declined")
async def payment_declined(stage: Stage) -> str:
    """The stock was reserved, and is released."""
    return await stage.order(card=DECLINED_CARD)


@scenario("fulfil_order/payment-first-confirmed")
async def payment_first_confirmed(stage: Stage) -> str:
    """The flag authorize-before-reserve was set for the customer at intake."""
    return await stage.order(customer=PAYS_FIRST)


@scenario("fulfil_order/payment-first-declined")
async def payment_first_declined(stage: Stage) -> str:
    """With authorize-before-reserve, a declined card never holds stock."""
    return await stage.order(customer=PAYS_FIRST, card=DECLINED_CARD)


@scenario("fulfil_order/payment-first-out-of-stock")
async def payment_first_out_of_stock(stage: Stage) -> str:
    """With authorize-before-reserve, the held payment is given back."""
    return await stage.order(customer=PAYS_FIRST, sold_out_line=0)


@scenario("fulfil_order/reserve-stock-retried")
async def reserve_stock_retried(stage: Stage) -> str:
    """The database refused to write stock for a while."""
    await stage.break_down("cosmos", container="stock", operation="Batch", status=503)
    order_id = await stage.order()
    await stage.failed(order_id)
    await stage.repair()
    return order_id


@scenario("fulfil_order/authorize-payment-retried")
async def authorize_payment_retried(stage: Stage) -> str:
    """The payment provider was down for a while, twice as long as one pause."""
    await stage.break_down("payments", status=503)
    order_id = await stage.order()
    await stage.failed(order_id, times=2)
    await stage.repair()
    return order_id


@scenario("fulfil_order/undo-retried")
async def undo_retried(stage: Stage) -> str:
    """A card was declined, and the payment could not be cancelled at once."""
    await stage.break_down("payments", operation="cancel", status=503)
    order_id = await stage.order(card=DECLINED_CARD)
    await stage.failed(order_id)
    await stage.repair()
    return order_id


@scenario("fulfil_order/payment-postponed")
async def payment_postponed(stage: Stage) -> str:
    """The payment provider failed until its circuit opened; the saga waited, and went on."""
    await stage.break_down("payments", operation="confirm", status=503)
    order_id = await stage.order()
    await stage.answered(order_id, "postponed")
    await stage.repair()
    return order_id


@scenario("fulfil_order/processing-failed", minutes=15)
async def processing_failed(stage: Stage) -> str:
    """That the money was taken could not be recorded until the saga's patience ended."""
    # While the stock is reserved already, and the payment still on its way.
    await stage.break_down("payments", operation="create", latencyMs=5_000, count=1)
    order_id = await stage.order()
    await stage.tried(order_id)
    await stage.break_down("cosmos", container="orders", operation="Batch", status=503)
    await stage.failed(order_id, times=TRANSIENT.attempts)
    await stage.repair()
    return order_id


@scenario("fulfil_order/settled-before")
async def settled_before(stage: Stage) -> str:
    """The saga of an order that is confirmed already was started again."""
    order_id = await stage.order()
    await stage.ended(order_id)
    await stage.restart(order_id)
    return order_id


@scenario("fulfil_order/approved")
async def approved(stage: Stage) -> str:
    """An order at the threshold, which somebody approves."""
    order_id = await stage.order(price=TO_APPROVE)
    await stage.tried(order_id)
    await stage.decide(order_id, "approve")
    return order_id


@scenario("fulfil_order/not-approved")
async def not_approved(stage: Stage) -> str:
    """An order at the threshold, which somebody refuses."""
    order_id = await stage.order(price=TO_APPROVE)
    await stage.tried(order_id)
    await stage.decide(order_id, "reject")
    return order_id


@scenario("fulfil_order/approval-expired")
async def approval_expired(stage: Stage) -> str:
    """An order at the threshold, about which nobody decides."""
    return await stage.order(price=TO_APPROVE)


@scenario("fulfil_order/cancelled-while-awaiting-approval")
async def cancelled_while_awaiting_approval(stage: Stage) -> str:
    """An order at the threshold, which its customer calls off before anybody decides."""
    order_id = await stage.order(price=TO_APPROVE)
    await stage.tried(order_id)
    await stage.cancel(order_id)
    return order_id


@scenario("fulfil_order/order-not-found")
async def order_not_found(stage: Stage) -> str:
    """Started by hand for an order that does not exist: a fault that repeating cannot mend."""
    saga_input = {"orderId": stage.order_id(), "lineCount": 1, "flags": {}}
    await stage.start("fulfil_order", stage.order_id(), saga_input)
    return stage.order_id()


@scenario("fulfil_order/payment-last-confirmed")
async def payment_last_confirmed(stage: Stage) -> str:
    """With capture-at-dispatch the order is confirmed while its money is only held."""
    return await stage.order(customer=PAYS_LAST)


@scenario("fulfil_order/cancelled")
async def cancelled(stage: Stage) -> str:
    """Called off while the payment provider was down: the pause ends early, and all is undone."""
    await stage.break_down("payments", operation="confirm", status=503)
    order_id = await stage.order()
    await stage.failed(order_id)
    await stage.cancel(order_id)
    await stage.repair()
    return order_id


@scenario("fulfil_order/undo-needs-attention", minutes=10)
async def undo_needs_attention(stage: Stage) -> str:
    """A card was declined, and the stock could not be released for hours: a person's matter."""
    order_id = await stage.declined_and_not_released()
    await stage.hurry_to_the_end(order_id)
    return order_id


@scenario("fulfil_order/confirmation-needs-attention", minutes=10)
async def confirmation_needs_attention(stage: Stage) -> str:
    """A paid order could not be confirmed for hours, and is not undone for that."""
    order_id = await stage.paid_but_not_confirmed()
    await stage.hurry_until_failed(order_id, PERSISTENT.attempts)
    await stage.repair()
    await stage.hurry_to_the_end(order_id)
    return order_id


@scenario("fulfil_order/capture-refused")
async def capture_refused(stage: Stage) -> str:
    """The hold was there, and the provider would not take the money after all."""
    await stage.break_down("payments", operation="capture", status=402)
    return await stage.order()


@scenario("fulfil_order/cancelled-when-paid")
async def cancelled_when_paid(stage: Stage) -> str:
    """Called off between the capture and the confirmation, which is refused for it."""
    order_id = await stage.paid_with_time_to_spare()
    await stage.cancel(order_id)
    await stage.repair()
    return order_id
