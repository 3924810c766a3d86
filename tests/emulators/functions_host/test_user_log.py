"""Which of an app's log lines come through."""

import logging

import pytest

from emulators.functions_host.worker.user_log import UserLogFilter, running_function


def passes(logger: str, level: int, **levels: str) -> bool:
    """Whether a line of *logger* comes through."""
    return UserLogFilter(levels).filter(logging.LogRecord(logger, level, "", 1, "", None, None))


@pytest.mark.parametrize(
    ("levels", "function", "lowest"),
    [
        ({}, "Orders", logging.INFO),
        ({"default": "Warning"}, "Orders", logging.WARNING),
        ({"default": "Warning", "Function": "Information"}, "Orders", logging.INFO),
        ({"default": "Warning", "Function": "Information"}, "", logging.WARNING),
        ({"Function": "Error", "function.orders": "Warning"}, "Orders", logging.WARNING),
        ({"Function.Orders": "Error", "Function.Orders.User": "Debug"}, "Orders", logging.DEBUG),
        ({"Function": "None"}, "Orders", logging.CRITICAL + 1),
    ],
)
def test_lets_through_what_the_longest_category_says(
    levels: dict[str, str], function: str, lowest: int
):
    """Categories name functions, which Python's loggers do not know."""
    token = running_function.set(function)

    passed = [level for level in (10, 20, 30, 40, 50, 51) if passes("app", level, **levels)]

    running_function.reset(token)
    assert passed[0] == lowest


@pytest.mark.parametrize(
    ("logger", "level", "expected"),
    [
        ("azure.functions.DurableFunctions", logging.INFO, False),
        ("azure.functions.DurableFunctions", logging.WARNING, True),
        ("azure.cosmos", logging.INFO, True),
        ("Host.Function", logging.DEBUG, True),
    ],
)
def test_keeps_the_systems_chatter_from_users(logger: str, level: int, expected: bool):
    """The host's own loggers have levels of their own."""
    assert passes(logger, level) is expected
