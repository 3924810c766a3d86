"""Binding expressions: ``{name}`` in a path, an id or a query stands for something of the trigger.

``{rand-guid}``, ``{DateTime}`` and ``{sys...}`` always have a value. Sources: WebJobs SDK,
``BindingParameterResolver.cs`` and ``BindingTemplateParser.cs``.
"""

import re
import uuid
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any

_EXPRESSION = re.compile(r"\{\{|\}\}|\{(?P<name>[^{}]+)\}")
_BRACES = {"{{": "{", "}}": "}"}
_GUID_FORMATS: Mapping[str, Callable[[uuid.UUID], str]] = {
    "N": lambda guid: guid.hex,
    "D": str,
    "B": lambda guid: f"{{{guid}}}",
    "P": lambda guid: f"({guid})",
}
# The custom date formats of .NET that have a counterpart here.
_DATE_PARTS = {
    "yyyy": "%Y", "yy": "%y", "MM": "%m", "dd": "%d", "HH": "%H", "mm": "%M", "ss": "%S",
    "fff": "%f", "K": "Z",
}  # fmt: skip
_DATE_PART = re.compile("|".join(sorted(_DATE_PARTS, key=len, reverse=True)))


class UnresolvedExpression(ValueError):
    """The trigger has no such value."""

    def __init__(self, name: str) -> None:
        super().__init__(f"No value for named parameter '{name}'.")


def resolve(template: str, data: Mapping[str, Any], function: str) -> str:
    """*template* with every expression replaced by its value in *data*.

    Raises:
        UnresolvedExpression: there is no such value.
    """

    def value(match: re.Match[str]) -> str:
        if match["name"] is None:
            return _BRACES[match[0]]
        return _text(evaluate(match["name"], data, function))

    return _EXPRESSION.sub(value, template)


def has_expressions(template: str) -> bool:
    """Whether *template* depends on the trigger."""
    return any(match["name"] for match in _EXPRESSION.finditer(template))


def names_in(template: str) -> list[str]:
    """The names in *template*, in their order."""
    return [match["name"] for match in _EXPRESSION.finditer(template) if match["name"]]


def evaluate(expression: str, data: Mapping[str, Any], function: str) -> Any:
    """The value of one expression, without its braces; names ignore case.

    Raises:
        UnresolvedExpression: there is none.
    """
    found = _find(expression.split("."), {**data, "sys": _system(function)})
    if found is not None:
        return found
    name, _, form = expression.partition(":")
    if name.lower() == "rand-guid":
        return _guid(form or "D")
    if name.lower() == "datetime":
        return _now(form or "yyyy-MM-ddTHH-mm-ssK")
    raise UnresolvedExpression(expression)


def _find(path: list[str], data: Any) -> Any:
    for step in path:
        if not isinstance(data, Mapping):
            return None
        data = {str(name).lower(): value for name, value in data.items()}.get(step.lower())
    return data


def _system(function: str) -> dict[str, str]:
    now = datetime.now(UTC).isoformat().replace("+00:00", "Z")
    return {"methodName": function, "utcNow": now, "randGuid": str(uuid.uuid4())}


def _guid(form: str) -> str:
    write = _GUID_FORMATS.get(form.upper())
    if write is None:
        raise UnresolvedExpression(f"rand-guid:{form}")
    return write(uuid.uuid4())


def _now(form: str) -> str:
    now = datetime.now(UTC)

    def part(match: re.Match[str]) -> str:
        text = now.strftime(_DATE_PARTS[match[0]])
        return text[:3] if match[0] == "fff" else text

    return _DATE_PART.sub(part, form)


def _text(value: Any) -> str:
    if isinstance(value, bool):
        return str(value)
    if isinstance(value, Mapping | list):
        raise UnresolvedExpression(str(value))
    return str(value)
