from decimal import Decimal
from typing import Any

from devstack.catalogue import Product
from devstack.conservation import Stock, payment_faults, stock_faults
from devstack.customers import Purchase
from devstack.retail import Invoice, Row
from devstack.storefront import Level

MUG = Product("MUG", "Mug", Decimal("2.50"), on_hand=10)


def purchase(
    status: str = "Confirmed", number: str = "1", *, known_before: bool = False
) -> Purchase:
    """An order of two mugs, 5.00 in all."""
    row = Row(number, "MUG", "Mug", 2, Decimal("2.50"), "17850", "EIRE")
    invoice = Invoice(number, (row,))
    return Purchase(invoice, f"order-{number}", status, known_before=known_before)


def stock(reserved: int, before: int = 0, on_hand: int = 10) -> Stock:
    """Ten mugs, of which *before* were reserved at the start and *reserved* are at the end."""
    return Stock({"MUG": MUG}, {"MUG": Level(0, before)}, {"MUG": Level(on_hand, reserved)})


def payment(order: str = "order-1", captured: int = 500, refunded: int = 0) -> dict[str, Any]:
    """One entry of the payment provider's ledger."""
    amounts = {"amountCaptured": captured, "amountRefunded": refunded}
    return {"metadata": {"orderId": order}, **amounts}


def payments(purchases: list[Purchase], *ledger: dict[str, Any]) -> list[str]:
    """What is wrong with *ledger*."""
    return list(payment_faults({"MUG": MUG}, purchases, {"payments": ledger}))


def test_confirmed_orders_hold_their_stock_and_no_one_else_does():
    """The meaning of conserved; everything below is a way to break it."""
    purchases = [purchase(), purchase("Rejected", "2")]

    assert list(stock_faults(stock(reserved=2), purchases)) == []


def test_stock_still_held_for_a_rejected_order_is_a_fault():
    """Nobody would ever buy those units."""
    assert len(list(stock_faults(stock(reserved=2), [purchase("Rejected")]))) == 1


def test_a_changed_on_hand_count_is_a_fault():
    """Orders reserve; only shipping and deliveries change what is there."""
    faults = list(stock_faults(stock(reserved=2, on_hand=8), [purchase()]))

    assert faults == ["MUG: on hand 8, was 10"]


def test_an_order_known_from_an_earlier_run_may_hold_its_stock_from_then():
    """A second run on a kept state finds the reservations of the first."""
    known = purchase(known_before=True)

    assert list(stock_faults(stock(reserved=2, before=2), [known])) == []
    assert list(stock_faults(stock(reserved=2, before=0), [known])) == []
    assert len(list(stock_faults(stock(reserved=5, before=2), [known]))) == 1


def test_a_confirmed_order_is_paid_once_and_in_full():
    """Unpaid, paid twice or paid in part are the faults that cost money or trust."""
    assert payments([purchase()], payment()) == []
    assert len(payments([purchase()])) == 1
    assert len(payments([purchase()], payment(), payment())) == 1
    assert len(payments([purchase()], payment(captured=499))) == 1


def test_a_rejected_order_keeps_no_money():
    """A capture that was refunded in full is as good as none."""
    assert payments([purchase("Rejected")], payment(refunded=500)) == []
    assert len(payments([purchase("Rejected")], payment())) == 1


def test_payments_of_other_orders_are_not_ours_to_judge():
    """A kept state holds the payments of earlier runs."""
    assert payments([purchase()], payment(), payment("order-of-yesterday")) == []


def test_an_order_that_waits_for_a_person_keeps_no_run_waiting():
    """Nobody approves anything during a run; nothing is held or paid for it meanwhile."""
    waiting = purchase("AwaitingApproval")

    assert waiting.final
    assert not waiting.confirmed
