"""All rules together, what holds after each step, and what holds in the end."""

import sys
from typing import ClassVar

from hypothesis import strategies as st
from hypothesis.stateful import initialize, invariant

from tests.chaos.order_lives.books import Books
from tests.chaos.order_lives.carrier import CarrierRules
from tests.chaos.order_lives.customers import CARDS, CustomerRules, baskets
from tests.chaos.order_lives.desk import DeskRules
from tests.chaos.order_lives.life import Life
from tests.chaos.order_lives.operators import OperatorRules
from tests.chaos.order_lives.provider import ProviderRules
from tests.chaos.order_lives.reading import read_each, read_level
from tests.chaos.order_lives.rest import come_to_rest, mend
from tests.chaos.order_lives.rules import orders
from tests.chaos.order_lives.story import Story


class OrderLives(CustomerRules, DeskRules, CarrierRules, ProviderRules, OperatorRules):
    """One story: a shop opens, somebody orders, anything happens, and then the books are read."""

    ended: ClassVar[list[tuple[Story, Books]]]
    """The stories that came out well, with their books."""

    @initialize(target=orders, basket=baskets, card=st.sampled_from(CARDS))
    def opens(self, basket: dict[str, int], card: str) -> Life:
        """A shop without orders has no life."""
        self.wait(self.story.open())
        return self.place(basket, card)

    @invariant()
    def is_sound_at_any_moment(self) -> None:
        """What needs no rest to be true: orders go forward, no money or goods come from nowhere."""
        problems = self.wait(self._unsound())
        assert not problems, problems

    def teardown(self) -> None:
        """Mend everything, and hold all books against each other once all is quiet."""
        failure = sys.exc_info()[1]
        if failure is None:
            self.ended.append((self.story, self.wait(come_to_rest(self.story))))
            return
        failure.add_note(self.story.told([]))
        self.wait(mend(self.story))

    async def _unsound(self) -> list[str]:
        lives = self.story.lives
        shown = await self.story.orders()
        problems = [
            problem
            for life, order in zip(lives, shown, strict=True)
            for problem in life.look(order)
        ]
        skus = {sku for life in lives for sku in life.quantities}
        levels = await read_each(skus, lambda sku: read_level(self.story.shop, sku))
        for sku, (on_hand, reserved) in levels.items():
            if not 0 <= reserved <= on_hand:
                problems.append(f"{sku}: on hand {on_hand}, reserved {reserved}")
        return problems
