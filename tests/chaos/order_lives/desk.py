"""What the people at the service desk do: give money back, and see to what needs attention."""

from typing import Any
from uuid import uuid4

from hypothesis import strategies as st
from hypothesis.stateful import rule

from tests.chaos.order_lives.life import Life
from tests.chaos.order_lives.rules import Rules, orders

Json = dict[str, Any]

REFUSED = {
    "action-not-allowed",
    "refund-exceeds-captured",
    "refund-exceeds-ordered",
    "nothing-to-restock",
}

# Units of 2.50; an order has between one and twelve of them.
amounts = st.sampled_from(["0.01", "2.50", "5.00", "10.00"])


class DeskRules(Rules):
    """Approvals, and refunds: in parts, in full, twice under a key, of money that is not there."""

    @rule(order=orders, decision=st.sampled_from(["approve", "approve", "reject"]))
    def decides(self, order: Life, decision: str) -> None:
        """The first decision holds; of an order that does not wait there is nothing to decide."""
        self.story.note(f"{decision} {order.id}")
        answer = self.wait(self.story.decide(order, decision))
        if answer.status == 409:
            assert answer.problem in ("action-not-allowed", "approval-decided"), answer

    @rule(order=orders, amount=amounts)
    def refunds_an_amount(self, order: Life, amount: str) -> None:
        """As a gesture."""
        self._refund(order, {"amount": {"amount": amount, "currency": "GBP"}})

    @rule(order=orders)
    def refunds_all(self, order: Life) -> None:
        """The order becomes Refunded, if nothing of it was given back before."""
        self._refund(order, {"amount": order.receipt["total"]})

    @rule(order=orders, units=st.integers(1, 2), restock=st.booleans())
    def refunds_goods(self, order: Life, units: int, restock: bool) -> None:
        """Some of one product; they may be back on the shelf."""
        sku = order.body["lines"][0]["sku"]
        self._refund(order, {"lines": [{"sku": sku, "quantity": units}], "restock": restock})

    @rule(order=orders)
    def repeats_a_refund(self, order: Life) -> None:
        """Under its key it is the same, and gives nothing back once more."""
        for key, body in list(order.refunds.items())[-1:]:
            self.story.note(f"refund {key} again")
            assert self._ask(order, key, body).status == 202

    def _refund(self, order: Life, what: Json) -> None:
        key, body = uuid4().hex, {**what, "reason": "sorry"}
        self.story.note(f"refund {what} of {order.id} as {key}")
        answer = self._ask(order, key, body)
        if answer.status == 202:
            order.refunds[key] = body
        else:
            assert answer.status in (409, 422), answer
            assert answer.problem in REFUSED, answer

    def _ask(self, order: Life, key: str, body: Json) -> Any:
        path, headers = f"/api/orders/{order.id}/refunds", {"Idempotency-Key": key}
        return self.wait(self.story.shop.ask("POST", path, json=body, headers=headers))
