"""What an expression can see while it is evaluated."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeAlias

from emulators.cosmos.sql.values import Value


@dataclass(slots=True)
class Scope:
    """The aliases of one row, the parameters, and in an aggregation the rows of the group."""

    variables: Mapping[str, Value]
    parameters: Mapping[str, Value]
    group: Sequence["Scope"] | None = None

    def bind(self, alias: str, value: Value) -> "Scope":
        return Scope({**self.variables, alias: value}, self.parameters)


Evaluator: TypeAlias = Callable[[Scope], Value]
