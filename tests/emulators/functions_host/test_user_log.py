"""Which of an app's log lines come through."""

import logging

import pytest

from emulators.functions_host.worker.user_log import UserLogFilter, running_function


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

    passed = [
        level
        for level in (10, 20, 30, 40, 50, 51)
        if UserLogFilter(levels).filter(logging.LogRecord("app", level, "", 1, "", None, None))
    ]

    running_function.reset(token)
    assert passed[0] == lowest
