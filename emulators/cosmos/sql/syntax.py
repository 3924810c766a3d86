"""The abstract syntax of a statement."""

from dataclasses import dataclass
from typing import Final, TypeAlias
from typing import Literal as OneOf

from emulators.cosmos.sql.values import Value


@dataclass(frozen=True, slots=True)
class Literal:
    """A constant."""

    value: Value


@dataclass(frozen=True, slots=True)
class Parameter:
    """``@name``."""

    name: str


@dataclass(frozen=True, slots=True)
class Name:
    """An alias."""

    name: str


@dataclass(frozen=True, slots=True)
class Index:
    """``of[key]``; ``of.name`` is the same thing with a constant key."""

    of: "Expression"
    key: "Expression"


@dataclass(frozen=True, slots=True)
class Call:
    """A built-in function or an aggregate; the name is in capitals."""

    function: str
    arguments: tuple["Expression", ...]


@dataclass(frozen=True, slots=True)
class Unary:
    """An operator before its operand."""

    operator: str
    operand: "Expression"


@dataclass(frozen=True, slots=True)
class Binary:
    """An operator between its operands."""

    operator: str
    left: "Expression"
    right: "Expression"


@dataclass(frozen=True, slots=True)
class Chain:
    """``AND`` or ``OR`` over all operands: flat, so that a thousand of them need no deep stack."""

    operator: OneOf["AND", "OR"]
    operands: tuple["Expression", ...]


@dataclass(frozen=True, slots=True)
class Ternary:
    """``test ? then : otherwise``."""

    test: "Expression"
    then: "Expression"
    otherwise: "Expression"


@dataclass(frozen=True, slots=True)
class In:
    """``value IN (options)``."""

    value: "Expression"
    options: tuple["Expression", ...]


@dataclass(frozen=True, slots=True)
class Between:
    """``value BETWEEN low AND high``, both included."""

    value: "Expression"
    low: "Expression"
    high: "Expression"


@dataclass(frozen=True, slots=True)
class Like:
    """``value LIKE pattern ESCAPE escape``."""

    value: "Expression"
    pattern: "Expression"
    escape: str | None


@dataclass(frozen=True, slots=True)
class ArrayOf:
    """``[items]``."""

    items: tuple["Expression", ...]


@dataclass(frozen=True, slots=True)
class ObjectOf:
    """``{key: value}``; also what a SELECT list makes."""

    pairs: tuple[tuple[str, "Expression"], ...]


@dataclass(frozen=True, slots=True)
class Subquery:
    """A query in parentheses, after EXISTS, or after ARRAY."""

    kind: OneOf["scalar", "exists", "array"]
    query: "Query"


Expression: TypeAlias = (
    Literal
    | Parameter
    | Name
    | Index
    | Call
    | Unary
    | Binary
    | Chain
    | Ternary
    | In
    | Between
    | Like
    | ArrayOf
    | ObjectOf
    | Subquery
)


# As a client writes it, and with the distance function told (vectors.py).
_DISTANCES: Final = frozenset({"VECTORDISTANCE", "_VECTORDISTANCE"})


@dataclass(frozen=True, slots=True)
class Source:
    """One input of FROM or JOIN; *iterate* unrolls an array (``alias IN of``)."""

    alias: str
    of: "Expression | Query"
    iterate: bool


@dataclass(frozen=True, slots=True)
class SelectAll:
    """``SELECT *``."""


@dataclass(frozen=True, slots=True)
class SelectValue:
    """``SELECT VALUE expression``."""

    expression: Expression


@dataclass(frozen=True, slots=True)
class SelectList:
    """``SELECT a, b AS c``, with the names the columns get."""

    items: tuple[tuple[str, Expression], ...]


@dataclass(frozen=True, slots=True)
class Order:
    """One key of ORDER BY."""

    expression: Expression
    descending: bool

    @property
    def is_vector_search(self) -> bool:
        """Whether rows come by their distance from a vector, the nearest first."""
        return isinstance(self.expression, Call) and self.expression.function in _DISTANCES


@dataclass(frozen=True, slots=True)
class Query:
    """A SELECT statement."""

    selection: SelectAll | SelectValue | SelectList
    distinct: bool = False
    top: Expression | None = None
    sources: tuple[Source, ...] = ()
    where: Expression | None = None
    group_by: tuple[Expression, ...] = ()
    order_by: tuple[Order, ...] = ()
    rank: Expression | None = None
    offset: Expression | None = None
    limit: Expression | None = None


@dataclass(frozen=True, slots=True)
class Condition:
    """A patch condition: ``FROM alias WHERE expression``."""

    alias: str
    where: Expression
