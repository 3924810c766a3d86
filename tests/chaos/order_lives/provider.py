"""What the payment provider does: fail in every way there is, and tell of payments."""

from collections import ChainMap
from typing import Any

from hypothesis import strategies as st
from hypothesis.stateful import rule

from tests.chaos.order_lives.life import Life
from tests.chaos.order_lives.rules import Rules, orders
from tests.chaos.order_lives.story import MOST_ORDERS

Json = dict[str, Any]

# Longer than PAYMENT_TIMEOUT_SECONDS of the stack: whoever waits gives up, and cannot know.
TOO_LATE_MS = 1_500

_trouble = st.one_of(
    st.sampled_from([{"status": 503}, {"status": 429}, {"drop": "before"}, {"drop": "after"}]),
    st.sampled_from([{"latencyMs": TOO_LATE_MS}, {"status": 500}]),
)
_aim = st.sampled_from([{}, {"kind": "write"}, {"kind": "read"}])
_extent = st.one_of(
    st.integers(1, 4).map(lambda count: {"count": count}),
    st.sampled_from([0.3, 0.6, 1.0]).map(lambda rate: {"rate": rate}),
)
faults = st.builds(lambda *parts: dict(ChainMap(*parts)), _trouble, _aim, _extent)


class ProviderRules(Rules):
    """Faults meet the requests of one order, which may be one that nobody has submitted yet."""

    @rule(number=st.integers(0, MOST_ORDERS - 1), fault=faults)
    def breaks_down(self, number: int, fault: Json) -> None:
        """5xx, throttling, cut lines and late answers, before or after the effect."""
        self.story.note(f"payments of order {number} fail: {fault}")
        order_id = self.story.order_id(number)
        self.wait(self.story.shop.break_payments(orderId=order_id, **fault))

    @rule(number=st.integers(0, MOST_ORDERS - 1))
    def is_well_again(self, number: int) -> None:
        """For this order."""
        self.story.note(f"payments of order {number} are well")
        self.wait(self.story.shop.mend_payments(self.story.order_id(number)))

    @rule(order=orders, event_type=st.sampled_from(["PaymentSettled", "PaymentFailed"]))
    def tells(self, order: Life, event_type: str) -> None:
        """Late news, perhaps of a payment that nobody knows of yet."""
        self.story.note(f"{event_type} of {order.id}")
        self.wait(self._tell(order, f"Payments.{event_type}"))

    @rule(order=orders)
    def mistakes(self, order: Life) -> None:
        """News of a payment that is not the order's."""
        self.story.note(f"PaymentFailed of a strange payment of {order.id}")
        self.wait(
            self.story.send("Payments.PaymentFailed", orderId=order.id, paymentId="pi_strange")
        )

    @rule(order=orders)
    def disputes(self, order: Life) -> None:
        """The customer calls the bank, which asks us what this was about."""
        self.story.note(f"dispute {order.id}")
        self.wait(self._dispute(order))

    async def _dispute(self, order: Life) -> None:
        for payment in await self.story.shop.payments(order.id):
            if payment["amountCaptured"] and not order.is_disputed:
                await self.story.shop.dispute(payment["id"])
                order.is_disputed = True

    async def _tell(self, order: Life, event_type: str) -> None:
        for payment in await self.story.shop.payments(order.id):
            await self.story.send(event_type, orderId=order.id, paymentId=payment["id"])
