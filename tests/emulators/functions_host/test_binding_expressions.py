"""Expressions in bindings, and what of a trigger they can name."""

import re
from typing import Any

import pytest

from emulators.functions_host.bindings.expressions import UnresolvedExpression, resolve

DATA: dict[str, Any] = {
    "id": "42",
    "Query": {"kind": "new"},
    "data": {"customer": {"name": "Ada"}, "paid": True, "lines": [1]},
}


@pytest.mark.parametrize(
    ("template", "text"),
    [
        ("orders/{id}", "orders/42"),
        ("{ID}-{query.KIND}", "42-new"),
        ("{data.customer.name}", "Ada"),
        ("{data.paid}", "True"),
        ("{{id}}", "{id}"),
        ("plain", "plain"),
        ("{sys.methodname}", "work"),
    ],
)
def test_puts_in_values_of_the_trigger(template: str, text: str):
    """Names ignore case, dots go into objects, doubled braces are braces."""
    assert resolve(template, DATA, "work") == text


@pytest.mark.parametrize(
    ("template", "pattern"),
    [
        ("{rand-guid}", r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}"),
        ("{rand-guid:N}", r"[0-9a-f]{32}"),
        ("{rand-guid:B}", r"\{[0-9a-f-]{36}\}"),
        ("{DateTime}", r"\d{4}-\d\d-\d\dT\d\d-\d\d-\d\dZ"),
        ("{datetime:yyyy/MM/dd}", r"\d{4}/\d\d/\d\d"),
        ("{sys.utcnow}", r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d.*Z"),
        ("{sys.randguid}", r"[0-9a-f-]{36}"),
    ],
)
def test_makes_new_values(template: str, pattern: str):
    """These need no trigger."""
    assert re.fullmatch(pattern, resolve(template, {}, "work"))


def test_prefers_the_triggers_own_value():
    """A message may have a field called datetime."""
    assert resolve("{datetime}", {"datetime": "now"}, "work") == "now"


@pytest.mark.parametrize("template", ["{missing}", "{id.more}", "{data.lines}", "{rand-guid:Z}"])
def test_says_what_it_cannot_find(template: str):
    """The run fails with this text."""
    with pytest.raises(UnresolvedExpression, match="No value for named parameter"):
        resolve(template, DATA, "work")
