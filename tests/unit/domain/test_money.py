"""Money is exact, and never mixes currencies."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.domain.money import Money, minor_unit_digits

amounts = st.builds(
    Money, st.integers(0, 10**12), st.sampled_from(["GBP", "EUR", "JPY", "KWD", "CLF"])
)


@given(amounts)
def test_survives_the_way_over_the_wire(money: Money):
    """An amount that changes between client and record is a wrong charge."""
    assert Money.parse(money.amount, money.currency) == money


@pytest.mark.parametrize(
    ("amount", "currency", "minor_units"),
    [("12.50", "GBP", 1250), ("12.5", "GBP", 1250), ("12", "GBP", 1200), ("980", "JPY", 980)],
)
def test_reads_decimals_by_the_currencys_own_minor_unit(amount, currency, minor_units):
    """A hundred pence are a pound, but one yen is one yen."""
    assert Money.parse(amount, currency) == Money(minor_units, currency)


@pytest.mark.parametrize(
    "amount", ["", "-1.00", "1e3", "1,50", " 1.00", "NaN", "1.005", "١٢", "1."]
)
def test_refuses_what_is_not_a_plain_amount(amount):
    """Guessing what a client meant by an amount ends in a dispute."""
    with pytest.raises(ValueError, match=r"decimal"):
        Money.parse(amount, "GBP")


@pytest.mark.parametrize("currency", ["ZZZ", "gbp", "XAU", ""])
def test_refuses_currencies_that_nobody_can_charge(currency):
    """Codes are ISO 4217, in capitals, with a minor unit."""
    with pytest.raises(ValueError, match="ISO 4217"):
        minor_unit_digits(currency)


def test_does_not_add_pounds_to_euros():
    """Silent mixing of currencies would only show in the books."""
    with pytest.raises(ValueError, match="do not add up"):
        Money(1, "GBP") + Money(1, "EUR")


@given(st.lists(st.integers(0, 10**9), max_size=20), st.integers(0, 1000))
def test_totals_are_sums_of_integers(minor_units: list[int], quantity: int):
    """No rounding anywhere between a line and the charge."""
    total = Money.total((Money(m, "GBP") * quantity for m in minor_units), "GBP")

    assert total == Money(sum(minor_units) * quantity, "GBP")
