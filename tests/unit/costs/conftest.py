from collections.abc import Callable

import pytest

from costs.bill import Bill
from costs.choices import Choices
from costs.prices import read_prices
from costs.usage import read_measured
from costs.variants import Orders, priced

MakeBill = Callable[..., Bill]


@pytest.fixture
def bill() -> MakeBill:
    """``bill(1_000_000, lines=5, plan=Plan.PREMIUM)``, by the committed prices and measurement."""

    def make(count: float, lines: int = 5, **choices: object) -> Bill:
        made = Choices().but(**choices)
        return priced(Orders(count, lines), made, read_measured(), read_prices())

    return make
