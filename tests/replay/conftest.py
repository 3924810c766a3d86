"""Nothing here needs a stack: histories are files."""

from pathlib import Path

import pytest

from devstack.histories import History

PLANTED = Path(__file__).parent / "planted"


@pytest.fixture
def confirmed() -> History:
    """An order with one range of lines, reserved, paid and confirmed."""
    return History.read(PLANTED / "confirmed.json")


@pytest.fixture
def declined() -> History:
    """An order whose card was declined after its stock was reserved."""
    return History.read(PLANTED / "payment-declined.json")


@pytest.fixture
def retried() -> History:
    """An order whose reservation failed once, and was tried again after a pause."""
    return History.read(PLANTED / "reserve-stock-retried.json")
