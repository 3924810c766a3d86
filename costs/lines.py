"""One line of a bill, and the case that it is for."""

from dataclasses import dataclass

from costs.choices import Choices
from costs.compute import Month
from costs.usage import IdleUsage, OrderUsage

GIGABYTE = 1e9
DAYS_PER_MONTH = 730 / 24


@dataclass(frozen=True, slots=True)
class Line:
    """One meter."""

    service: str
    what: str
    price: str
    quantity: float
    fixed: bool
    """Whether it is there without any order, too."""


@dataclass(frozen=True, slots=True)
class Case:
    """Whose month it is."""

    usage: OrderUsage
    idle: IdleUsage
    choices: Choices
    month: Month

    @property
    def orders(self) -> float:
        """In the month."""
        return self.month.orders
