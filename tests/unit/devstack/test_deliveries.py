from datetime import UTC, datetime
from decimal import Decimal

from devstack.catalogue import stock_shelves
from devstack.customers import Purchase
from devstack.dead_letters import DeadLetter
from devstack.deliveries import letter_faults
from devstack.mail import Mail, write_mail
from devstack.retail import Invoice, Row

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)
INVOICE = Invoice("1", (Row("1", "MUG", "Mug", 1, Decimal("2.50"), "17850", "EIRE"),))
MAIL = write_mail([INVOICE], stock_shelves([INVOICE]), NOW)


def letter(name: str, event_id: str, reason: str) -> DeadLetter:
    """A letter of the app's intake."""
    return DeadLetter(name, "dead", reason, "", NOW.isoformat(), "intake", event_id, "", "")


POISON = letter("letter-0", "poison-0-no-data", "invalid-data")
ORDER = letter("letter-1", "invoice-1", "price-mismatch")


def faults(*letters: DeadLetter, mail: Mail = MAIL, problem: str = "") -> list[str]:
    """What is wrong with *letters* after a run of one invoice, refused for *problem* if at all."""
    return list(letter_faults(mail, [Purchase(INVOICE, problem=problem)], letters))


def test_the_poison_is_all_that_should_be_dead():
    """The meaning of exactly; everything below is a way to miss it."""
    assert faults(POISON) == []


def test_poison_that_vanished_is_a_fault():
    """It was acknowledged and not kept: nobody would ever learn of it."""
    assert faults() == ["poison-0-no-data: no dead letter (invalid-data)"]


def test_poison_that_is_dead_twice_is_a_fault():
    """Deliveries repeat; letters must not."""
    assert faults(POISON, POISON) == ["poison-0-no-data: a dead letter too many (invalid-data)"]


def test_poison_that_is_dead_for_another_reason_is_a_fault():
    """The reason is what an operator acts on."""
    wrong = letter("letter-0", "poison-0-no-data", "internal-error")

    assert len(faults(wrong)) == 2


def test_a_dead_letter_of_a_good_order_is_a_fault():
    """An operator who replays it would work for nothing, one who discards it would be wrong."""
    assert faults(POISON, ORDER) == ["invoice-1: a dead letter too many (price-mismatch)"]


def test_a_refused_order_is_a_dead_letter():
    """By HTTP its customer would have got the refusal as the answer."""
    assert faults(POISON, ORDER, problem="price-mismatch") == []
