"""What the app has refused of the events it was sent, held against what it should have refused."""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from devstack.customers import Purchase
from devstack.dead_letters import DeadLetter
from devstack.mail import Mail, event_id


@dataclass(frozen=True, slots=True)
class Deliveries:
    """What was published in a run, and what came back as dead letters."""

    mail: Mail
    requests: int
    letters: Sequence[DeadLetter]
    faults: Sequence[str]
    """One line for each event that is a dead letter and should not be, or the other way round."""

    @property
    def reasons(self) -> Counter[str]:
        """How many dead letters there are for each reason."""
        return Counter(letter.reason for letter in self.letters)


def letter_faults(
    mail: Mail, purchases: Iterable[Purchase], letters: Iterable[DeadLetter]
) -> Iterator[str]:
    """What is wrong with the dead letters: the poison and the refused orders, once each."""
    due = Counter((poison.id, poison.reason) for poison in mail.poison)
    due.update(
        (event_id(purchase.invoice), purchase.problem) for purchase in purchases if purchase.problem
    )
    found = Counter((letter.event_id, letter.reason) for letter in letters)
    for name, reason in (due - found).elements():
        yield f"{name}: no dead letter ({reason})"
    for name, reason in (found - due).elements():
        yield f"{name}: a dead letter too many ({reason})"
