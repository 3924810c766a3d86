"""``fulfil_order`` as it was when the histories beside it were recorded, on one screen."""

from datetime import timedelta


def fulfil_order(context):
    """Reserve the stock, take the payment, confirm; undo both when the card is declined."""
    order = {"orderId": context.get_input()["orderId"]}
    lines = {**order, "firstLine": 0, "lineCount": 100}
    while True:
        try:
            yield context.call_activity("reserve_stock", lines)
            break
        except Exception:
            pause = timedelta(seconds=1)
            yield context.create_timer(context.current_utc_datetime + pause)
    authorized = yield context.call_activity("authorize_payment", order)
    if authorized["outcome"] == "refused":
        yield context.call_activity("return_payment", order)
        yield context.call_activity("release_stock", lines)
        rejected = {**order, "reason": authorized["reason"]}
        yield context.call_activity("reject_order", rejected)
        return {"status": "Rejected", "reason": authorized["reason"]}
    payment = {**order, "paymentId": authorized["paymentId"]}
    yield context.call_activity("capture_payment", payment)
    yield context.call_activity("confirm_order", order)
    return {"status": "Confirmed"}
