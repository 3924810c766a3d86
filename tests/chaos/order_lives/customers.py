"""What customers do: order, order again, think again, wait."""

import asyncio
import time

from hypothesis import strategies as st
from hypothesis.stateful import precondition, rule

from tests.chaos.order_lives.books import UNDER_WAY
from tests.chaos.order_lives.life import GOOD_CARD, UNREFUNDABLE_CARD, Life
from tests.chaos.order_lives.rules import Rules, orders
from tests.chaos.order_lives.story import MOST_ORDERS, ON_HAND

# As many good ones as there are bad ones would leave little to do for all others.
CARDS = 8 * [GOOD_CARD] + [
    UNREFUNDABLE_CARD,
    "pm_card_visa_chargeDeclined",
    "pm_card_visa_chargeDeclinedInsufficientFunds",
]
LONGEST_WAIT_SECONDS = 3.0

baskets = st.dictionaries(st.sampled_from(list(ON_HAND)), st.integers(1, 4), min_size=1)


class CustomerRules(Rules):
    """Whatever somebody with a browser and bad manners can do."""

    @precondition(lambda self: len(self.story.lives) < MOST_ORDERS)
    @rule(target=orders, basket=baskets, card=st.sampled_from(CARDS))
    def submits(self, basket: dict[str, int], card: str) -> Life:
        """A new order."""
        return self.place(basket, card)

    @rule(order=orders)
    def submits_again(self, order: Life) -> None:
        """The same under the same key has the same answer, whatever has become of the order."""
        self.story.note(f"submit {order.id} again")
        repeated = self.wait(self.story.shop.submit(order.body, order.key))
        assert (repeated.status, repeated.body) == (202, order.receipt), repeated

    @rule(order=orders)
    def submits_something_else(self, order: Life) -> None:
        """Another body under the same key is refused."""
        self.story.note(f"submit something else as {order.id}")
        other = {**order.body, "lines": [{**order.body["lines"][0], "quantity": 9}]}
        refused = self.wait(self.story.shop.submit(other, order.key))
        assert (refused.status, refused.problem) == (422, "idempotency-key-reused"), refused

    @rule(order=orders)
    def cancels(self, order: Life) -> None:
        """A second one, or a late one, is refused, and the answer says why."""
        self.story.note(f"cancel {order.id}")
        order.cancel_asked = True
        path = f"/api/orders/{order.id}/cancel"
        answer = self.wait(self.story.shop.ask("POST", path, json={"reason": "thought again"}))
        if answer.status == 202:
            assert "cancellation" in answer.body, answer
            order.cancel_accepted = True
        else:
            assert (answer.status, answer.problem) == (409, "action-not-allowed"), answer
            assert "cancel" not in answer.body["allowedActions"], answer

    @rule(order=orders, version=st.integers(2, 6))
    def waits(self, order: Life, version: int) -> None:
        """Until something has happened, so that what comes next meets the order further on."""
        self.story.note(f"wait for change {version} of {order.id}")
        self.wait(self._changed(order, version))

    def place(self, basket: dict[str, int], card: str) -> Life:
        """Submit the next order of the story."""
        self.story.note(f"submit {basket} with {card}")
        return self.wait(self.story.submit(basket, card))

    async def _changed(self, order: Life, version: int) -> None:
        deadline = time.monotonic() + LONGEST_WAIT_SECONDS
        while time.monotonic() < deadline:
            answer = await self.story.shop.ask("GET", f"/api/orders/{order.id}")
            is_there = int(answer.headers["ETag"].strip('"')) >= version
            if is_there or answer.body["status"] not in UNDER_WAY:
                return
            await asyncio.sleep(0.05)
