"""The table of built-in functions and the way into it."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final, TypeAlias

from emulators.cosmos.sql.errors import SqlError
from emulators.cosmos.sql.values import UNDEFINED, Value, is_number

Implementation: TypeAlias = Callable[..., Value]
Accepts: TypeAlias = Callable[[Value], bool]


@dataclass(frozen=True, slots=True)
class Function:
    """A built-in with the number of arguments it takes; *most* None means any number."""

    apply: Implementation
    least: int
    most: int | None

    def check(self, name: str, given: int) -> None:
        """Refuse a wrong number of arguments.

        Raises:
            SqlError: names the function.
        """
        if given < self.least or (self.most is not None and given > self.most):
            raise SqlError(f"SC2010: The {name} function does not take {given} argument(s).")


FUNCTIONS: Final[dict[str, Function]] = {}


def string(value: Value) -> bool:
    """Accepts strings."""
    return type(value) is str


def number(value: Value) -> bool:
    """Accepts numbers."""
    return is_number(value)


def boolean(value: Value) -> bool:
    """Accepts booleans."""
    return type(value) is bool


def array(value: Value) -> bool:
    """Accepts arrays."""
    return type(value) is list


def defined(value: Value) -> bool:
    """Accepts all but undefined."""
    return value is not UNDEFINED


def anything(_: Value) -> bool:
    """Accepts undefined too."""
    return True


def built_in(
    name: str, *accepts: Accepts, optional: int = 0, rest: Accepts | None = None
) -> Callable[[Implementation], Implementation]:
    """Register a function under *name*; an argument of a wrong type makes it undefined."""

    def register(implementation: Implementation) -> Implementation:
        def apply(*arguments: Any) -> Value:
            checks = accepts if rest is None else (*accepts, *([rest] * len(arguments)))
            if not all(check(value) for check, value in zip(checks, arguments, strict=False)):
                return UNDEFINED
            try:
                return implementation(*arguments)
            except ArithmeticError:
                return UNDEFINED

        most = None if rest else len(accepts)
        FUNCTIONS[name] = Function(apply, len(accepts) - optional, most)
        return implementation

    return register
