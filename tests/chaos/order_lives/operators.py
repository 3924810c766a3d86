"""What happens to the machines, and what operators do about orders."""

from hypothesis import strategies as st
from hypothesis.stateful import rule

from tests.chaos.order_lives.life import Life
from tests.chaos.order_lives.rules import Rules, orders

# The host most of all, since everything of ours runs there.
VICTIMS = ("functions", "functions", "functions", "payments", "cosmos")


class OperatorRules(Rules):
    """kill -9, and people who mend things."""

    @rule(service=st.sampled_from(VICTIMS))
    def crashes(self, service: str) -> None:
        """In the middle of whatever all stories are at; not more often than the world allows."""
        if self.world.kill(service):
            self.story.note(f"killed {service}, and started it again")

    @rule(order=orders)
    def mislays(self, order: Life) -> None:
        """Somebody edits the database: goods that a confirmed order holds are nobody's any more."""
        plenty = [self.story.shop.sku(name) for name in ("MUG", "CUP")]
        held = [sku for sku in plenty if sku in order.quantities]
        [shown] = [each for each in self.wait(self.story.orders()) if each["id"] == order.id]
        if held and not order.mislaid and shown["status"] == "Confirmed":
            self.story.note(f"mislay {held[0]} of {order.id}")
            order.mislaid = held[0]
            self.wait(self.world.warehouse.lose(order.id, held[0], order.quantities[held[0]]))

    @rule(order=orders)
    def resumes(self, order: Life) -> None:
        """Whether the order needs it or not."""
        self.story.note(f"resume {order.id}")
        answer = self.wait(self.story.shop.ask("POST", f"/api/orders/{order.id}/resume"))
        assert answer.status in (202, 409), answer
