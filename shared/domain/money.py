"""Amounts of money: integer minor units with an ISO 4217 code, a decimal string on the wire."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from functools import cache

from iso4217 import Currency

_DECIMAL = re.compile(r"[0-9]{1,15}(?:\.[0-9]{1,4})?")
_CODES = frozenset(currency.code for currency in Currency)


@cache
def minor_unit_digits(currency: str) -> int:
    """How many decimals *currency* has by ISO 4217.

    Raises:
        ValueError: not an ISO 4217 code, or one without a minor unit, such as gold.
    """
    known = currency in _CODES
    digits = Currency(currency).exponent if known else None
    if digits is None:
        raise ValueError(f"{currency!r} is not an ISO 4217 currency code")
    return int(digits)


@dataclass(frozen=True, slots=True, order=True)
class Money:
    """An exact, non-negative amount; amounts in different currencies do not mix."""

    minor_units: int
    currency: str

    def __post_init__(self) -> None:
        if self.minor_units < 0:
            raise ValueError("an amount of money cannot be negative")

    @classmethod
    def parse(cls, amount: str, currency: str) -> "Money":
        """Read a plain decimal such as ``"12.50"``.

        Raises:
            ValueError: no plain decimal, more decimals than the currency has, unknown currency.
        """
        digits = minor_unit_digits(currency)
        if not _DECIMAL.fullmatch(amount):
            raise ValueError(f"{amount!r} is not a plain decimal such as 12.50")
        scaled = Decimal(amount).scaleb(digits)
        if scaled != scaled.to_integral_value():
            raise ValueError(f"{currency} has {digits} decimals, {amount!r} has more")
        return cls(int(scaled), currency)

    @classmethod
    def total(cls, amounts: Iterable["Money"], currency: str) -> "Money":
        """The sum of *amounts*, zero of *currency* when there are none."""
        return sum(amounts, cls(0, currency))

    def __add__(self, other: "Money") -> "Money":
        if self.currency != other.currency:
            raise ValueError(f"{self.currency} and {other.currency} do not add up")
        return Money(self.minor_units + other.minor_units, self.currency)

    def __mul__(self, quantity: int) -> "Money":
        return Money(self.minor_units * quantity, self.currency)

    @property
    def amount(self) -> str:
        """The decimal string of the wire, with all decimals of the currency: ``"12.50"``."""
        digits = minor_unit_digits(self.currency)
        return f"{Decimal(self.minor_units).scaleb(-digits):.{digits}f}"

    def __str__(self) -> str:
        return f"{self.amount} {self.currency}"
