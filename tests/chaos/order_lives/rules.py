"""What all rules have in common: the story that they act on."""

from collections.abc import Coroutine
from typing import Any, ClassVar, TypeVar

from hypothesis.stateful import Bundle, RuleBasedStateMachine

from tests.chaos.order_lives.life import Life
from tests.chaos.order_lives.story import Story
from tests.chaos.order_lives.world import World

T = TypeVar("T")

orders: Bundle[Life] = Bundle("orders")


class Rules(RuleBasedStateMachine):
    """Base of everybody who acts; hypothesis finds the rules of all bases of a machine."""

    world: ClassVar[World]

    def __init__(self) -> None:
        super().__init__()
        self.story = Story(self.world)

    def wait(self, work: Coroutine[Any, Any, T]) -> T:
        """Have *work* done."""
        return self.world.wait(work)
