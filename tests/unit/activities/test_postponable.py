"""Steps that need the payment provider wait while it is left alone, whatever they are for."""

from typing import Any

import pytest

from shared.domain.errors import CircuitOpen
from tests.desk import PAYMENT_ID, Desk


class Resting:
    """A payment provider that is left alone for seven seconds."""

    def __getattr__(self, _: str) -> Any:
        async def refuse(*_: object) -> None:
            raise CircuitOpen("payment-gateway", 7)

        return refuse


@pytest.mark.parametrize("step", ["collect_payment", "hold_again", "void_hold", "pay_refund"])
async def test_a_step_is_put_off_and_nothing_is_recorded(step):
    """The saga asks again, on a durable timer, and has spent none of its attempts."""
    desk = Desk()
    if step == "pay_refund":
        await desk.confirm()
        refund_id = (await desk.refund(amount="1.00")).refund.id
    else:
        await desk.confirm_held()
        refund_id = ""
    activities = desk.with_gateway(Resting(), step)
    given = {"orderId": desk.order.id, "refundId": refund_id}

    outcome = await activities({**given, "renewal": 1, "paymentId": PAYMENT_ID})

    assert outcome == {"outcome": "postponed", "retryAfterSeconds": 7}
    assert not {"PaymentRefunded", "PaymentCaptured", "AuthorizationRenewed"} & set(desk.told[3:])
