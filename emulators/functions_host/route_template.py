"""ASP.NET route templates: ``orders/{id:int}/{part?}/{*rest}``.

Compiles a template to a regular expression. Matching ignores case, needs the whole path, and a
value that breaks its constraint is no match.
"""

import math
import re
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import unquote

from emulators.functions_host.errors import StartError

Check = Callable[[str], bool]


@dataclass(frozen=True, slots=True)
class _Parameter:
    name: str
    checks: tuple[Check, ...]
    default: str | None


@dataclass(frozen=True, slots=True)
class RouteTemplate:
    """A compiled template."""

    text: str
    _pattern: re.Pattern[str]
    _parameters: tuple[_Parameter, ...]

    def match(self, raw_path: str) -> dict[str, str] | None:
        """The route values of *raw_path* (still quoted, no leading slash), or None.

        An optional parameter without a value is absent.
        """
        found = self._pattern.fullmatch(raw_path.rstrip("/"))
        if found is None:
            return None
        values: dict[str, str] = {}
        for index, parameter in enumerate(self._parameters):
            given = found[f"p{index}"]
            value = unquote(given) if given else parameter.default
            if value is None:
                continue
            if not all(check(value) for check in parameter.checks):
                return None
            values[parameter.name] = value
        return values


def compile_template(text: str) -> RouteTemplate:
    """Compile *text*.

    Raises:
        StartError: it is no template, or has a constraint this host does not know.
    """
    parameters: list[_Parameter] = []
    pattern = ""
    for position, segment in enumerate(part for part in _segments(text) if part):
        pattern += _segment_pattern(text, segment, parameters, first=position == 0)
    return RouteTemplate(text, re.compile(pattern, re.IGNORECASE | re.DOTALL), tuple(parameters))


def _segments(text: str) -> list[str]:
    """Split at slashes outside of braces (a regex constraint may hold one)."""
    parts, depth = [""], 0
    for character in text.strip("/"):
        depth += (character == "{") - (character == "}")
        if character == "/" and depth == 0:
            parts.append("")
        else:
            parts[-1] += character
    return parts


# A parameter, in which doubled braces stand for single ones, or literal text.
_PIECE = re.compile(r"\{((?:[^{}]|\{\{|\}\})+)\}|([^{}]+)")


_PERIOD = re.escape(".")
_VALUE = "[^/]+"


def _segment_pattern(text: str, segment: str, parameters: list[_Parameter], *, first: bool) -> str:
    pieces = list(_PIECE.finditer(segment))
    if "".join(piece[0] for piece in pieces) != segment:
        raise StartError(f"the route {text!r} is not a route template: {segment!r}")
    slash = "" if first else "/"
    body, may_lack = "", False
    for piece in pieces:
        if piece[1] is None:
            body += re.escape(piece[2])
            continue
        part, may_lack = _parameter_pattern(text, piece[1], parameters)
        if may_lack and body.endswith(_PERIOD):
            # Only after a period may a part of a segment lack, and the period lacks with it. If it
            # is there, it is all after the last period: what comes before must not take it first.
            before = body.removesuffix(_PERIOD).replace(_VALUE, f"{_VALUE}?")
            body = f"{before}(?:{_PERIOD}{part.replace(_VALUE, '[^/.]+')})?"
        else:
            body += part
    return f"(?:{slash}{body})?" if may_lack and len(pieces) == 1 else f"{slash}{body}"


def _parameter_pattern(text: str, inside: str, parameters: list[_Parameter]) -> tuple[str, bool]:
    catch_all = inside.startswith("*")
    name, *constraints = _split_constraints(inside.lstrip("*"))
    last = constraints[-1] if constraints else name
    optional = last.endswith("?")
    if optional:
        if constraints:
            constraints[-1] = last[:-1]
        else:
            name = last[:-1]
    name, has_default, default = name.partition("=")
    if not name.isidentifier():
        raise StartError(f"the route {text!r} has a parameter without a proper name: {inside!r}")
    checks = tuple(_constraint(text, one) for one in constraints)
    group = f"p{len(parameters)}"
    parameters.append(_Parameter(name, checks, default if has_default else None))
    body = f"(?P<{group}>.*)" if catch_all else f"(?P<{group}>{_VALUE})"
    return body, optional or bool(has_default) or catch_all


def _split_constraints(inside: str) -> list[str]:
    """Split at colons outside of parentheses."""
    parts, depth = [""], 0
    for character in inside:
        depth += (character == "(") - (character == ")")
        if character == ":" and depth == 0:
            parts.append("")
        else:
            parts[-1] += character
    return parts


_CONSTRAINT = re.compile(r"(?P<name>\w+)(?:\((?P<arguments>.*)\))?", re.DOTALL)


def _constraint(text: str, source: str) -> Check:
    parsed = _CONSTRAINT.fullmatch(source)
    factory = _CONSTRAINTS.get(parsed["name"].lower()) if parsed else None
    if parsed is None or factory is None:
        raise StartError(f"the route {text!r} has an unknown constraint: {source!r}")
    try:
        return factory(parsed["arguments"] or "")
    except ValueError as error:
        raise StartError(f"the route {text!r} has a bad constraint: {source!r}") from error


def _parses(parse: Callable[[str], object]) -> Callable[[str], Check]:
    def check(value: str) -> bool:
        try:
            parse(value)
        except ValueError:
            return False
        return True

    return lambda _: check


def _integer(bits: int) -> Callable[[str], Check]:
    def check(value: str) -> bool:
        if not re.fullmatch(r"[+-]?[0-9]+", value):
            return False
        return -(1 << (bits - 1)) <= int(value) < 1 << (bits - 1)

    return lambda _: check


def _bounded(measure: Callable[[str], int], *, low: bool, high: bool) -> Callable[[str], Check]:
    def factory(arguments: str) -> Check:
        bounds = [int(one) for one in arguments.split(",")]
        minimum: float = bounds[0] if low else -math.inf
        maximum: float = bounds[-1] if high else math.inf

        def check(value: str) -> bool:
            try:
                size = measure(value)
            except ValueError:
                return False
            return minimum <= size <= maximum

        return check

    return factory


def _regex(arguments: str) -> Check:
    # ASP.NET searches; a template doubles the braces it means literally.
    pattern = re.compile(arguments.replace("{{", "{").replace("}}", "}"), re.IGNORECASE)
    return lambda value: pattern.search(value) is not None


_CONSTRAINTS: Mapping[str, Callable[[str], Check]] = {
    "int": _integer(32),
    "long": _integer(64),
    "bool": lambda _: lambda value: value.lower() in ("true", "false"),
    "guid": _parses(uuid.UUID),
    "double": _parses(float),
    "float": _parses(float),
    "decimal": _parses(float),
    "datetime": _parses(datetime.fromisoformat),
    "alpha": lambda _: lambda value: re.fullmatch("[a-zA-Z]*", value) is not None,
    "required": lambda _: bool,
    "min": _bounded(int, low=True, high=False),
    "max": _bounded(int, low=False, high=True),
    "range": _bounded(int, low=True, high=True),
    "minlength": _bounded(len, low=True, high=False),
    "maxlength": _bounded(len, low=False, high=True),
    "length": _bounded(len, low=True, high=True),
    "regex": _regex,
}
