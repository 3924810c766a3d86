"""The paths of the sagas after the fulfilment: undoing, shipping, refunding, renewing."""

from devstack.histories_scenarios import scenario
from devstack.histories_stage import PAYS_LAST, Stage

HALF = {"amount": {"amount": "2.50", "currency": "GBP"}}
ALL = {"amount": {"amount": "5.00", "currency": "GBP"}}
HOUR, WEEK = 3_600, 7 * 86_400


async def about_to_expire(stage: Stage) -> str:
    """A confirmed order whose money is held for an hour only; the next hold lasts."""
    await stage.hold_for(HOUR)
    order_id = await stage.confirmed(customer=PAYS_LAST)
    await stage.hold_for(WEEK)
    return order_id


@scenario("settle_order/cancelled")
async def cancelled(stage: Stage) -> str:
    """A confirmed order was called off: refunded, and its stock released."""
    order_id = await stage.confirmed()
    return await stage.cancel(order_id)


@scenario("settle_order/cancelled-250-lines")
async def cancelled_250_lines(stage: Stage) -> str:
    """The same for an order of three ranges of lines."""
    order_id = await stage.confirmed(lines=250)
    return await stage.cancel(order_id)


@scenario("settle_order/needs-attention", minutes=10)
async def undo_needs_attention(stage: Stage) -> str:
    """A confirmed order was called off, and its stock could not be released for hours."""
    order_id = await stage.confirmed()
    await stage.break_stock()
    instance_id = await stage.cancel(order_id)
    await stage.hurry_to_the_end(instance_id)
    return instance_id


@scenario("settle_order/resumed", minutes=10)
async def undo_resumed(stage: Stage) -> str:
    """The same, and then somebody went on with it."""
    order_id = await stage.confirmed()
    await stage.break_stock()
    await stage.hurry_to_the_end(await stage.cancel(order_id))
    await stage.repair()
    return await stage.resume(order_id)


@scenario("settle_order/rejection-resumed", minutes=10)
async def rejection_resumed(stage: Stage) -> str:
    """A card was declined, the stock stayed held for hours, and then somebody went on with it."""
    order_id = await stage.declined_and_not_released()
    await stage.hurry_to_the_end(order_id)
    await stage.repair()
    return await stage.resume(order_id)


@scenario("ship_order/shipped")
async def shipped(stage: Stage) -> str:
    """The parcel of a paid order has left."""
    order_id = await stage.confirmed()
    return await stage.dispatch(order_id)


@scenario("ship_order/collected")
async def collected(stage: Stage) -> str:
    """With capture-at-dispatch: the money is taken now."""
    order_id = await stage.confirmed(customer=PAYS_LAST)
    return await stage.dispatch(order_id)


@scenario("ship_order/needs-attention")
async def not_collected(stage: Stage) -> str:
    """With capture-at-dispatch, but the provider would not take the held money after all."""
    order_id = await stage.confirmed(customer=PAYS_LAST)
    await stage.break_down("payments", operation="capture", status=402)
    return await stage.dispatch(order_id)


@scenario("ship_order/resumed", minutes=10)
async def shipment_resumed(stage: Stage) -> str:
    """The goods could not leave the stock for hours; then somebody went on with it."""
    order_id = await stage.confirmed(customer=PAYS_LAST)
    await stage.break_stock()
    await stage.hurry_to_the_end(await stage.dispatch(order_id))
    await stage.repair()
    return await stage.resume(order_id)


@scenario("refund_order/refunded")
async def refunded(stage: Stage) -> str:
    """Half of the money goes back."""
    order_id = await stage.confirmed()
    return await stage.refund(order_id, **HALF)


@scenario("refund_order/released")
async def refunded_and_released(stage: Stage) -> str:
    """All of it, before the parcel has left: the stock is free."""
    order_id = await stage.confirmed()
    return await stage.refund(order_id, **ALL)


@scenario("refund_order/restocked")
async def refunded_and_restocked(stage: Stage) -> str:
    """A line goes back, money and goods."""
    order_id = await stage.confirmed()
    await stage.ended(await stage.dispatch(order_id))
    line = {"sku": stage.sku(), "quantity": 1}
    return await stage.refund(order_id, lines=[line], restock=True)


@scenario("refund_order/needs-attention", minutes=10)
async def refund_needs_attention(stage: Stage) -> str:
    """All of the money is back, and the stock could not be released for hours."""
    order_id = await stage.confirmed()
    await stage.break_stock()
    instance_id = await stage.refund(order_id, **ALL)
    await stage.hurry_to_the_end(instance_id)
    return instance_id


@scenario("refund_order/failed")
async def refund_failed(stage: Stage) -> str:
    """The provider refuses: all of the money went back otherwise, by its own pages."""
    order_id = await stage.confirmed()
    await stage.refund_at_the_provider(order_id)
    return await stage.refund(order_id, **HALF)


@scenario("renew_authorization/renewed")
async def renewed(stage: Stage) -> str:
    """The hold of an order whose parcel has not left was about to expire."""
    order_id = await about_to_expire(stage)
    return await stage.renewal(order_id)


@scenario("renew_authorization/needs-attention")
async def not_renewed(stage: Stage) -> str:
    """The same, but the provider refuses to hold the money again."""
    order_id = await about_to_expire(stage)
    await stage.break_down("payments", operation="confirm", status=402)
    return await stage.renewal(order_id)


@scenario("renew_authorization/resumed")
async def renewal_resumed(stage: Stage) -> str:
    """The same, and later the provider holds it after all."""
    order_id = await about_to_expire(stage)
    await stage.break_down("payments", operation="confirm", status=402)
    await stage.ended(await stage.renewal(order_id))
    await stage.repair()
    return await stage.resume(order_id)


@scenario("renew_authorization/settled")
async def renewal_settled(stage: Stage) -> str:
    """Started once more for an order whose parcel has left: nothing is held again."""
    order_id = await stage.confirmed(customer=PAYS_LAST)
    await stage.ended(await stage.dispatch(order_id))
    instance_id = f"renew-{order_id}-1"
    saga_input = {"orderId": order_id, "renewal": 1, "paymentId": "pi_unknown"}
    await stage.start("renew_authorization", instance_id, saga_input)
    return instance_id
