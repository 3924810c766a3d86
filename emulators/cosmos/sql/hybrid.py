"""ORDER BY RANK: full-text scores, and their fusion with each other and with vector distances."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from emulators.cosmos.sql import full_text, syntax, vectors
from emulators.cosmos.sql.errors import SqlError
from emulators.cosmos.sql.values import Value, is_number

FUSION: Final = "RRF"
TEXT_SCORE: Final = "FULLTEXTSCORE"
# Only ORDER BY RANK has them: outside of it there is no ranking they could be part of.
RANKING: Final = frozenset({FUSION, TEXT_SCORE})
_DAMPING: Final = 60
# What stands for the value of an item without a vector: a client cannot do without one.
_NO_SCORE: Final = 999_999
Parameters = Mapping[str, Value]


@dataclass(frozen=True, slots=True)
class Statistics:
    """What a full-text score needs to know of all documents, as values or as placeholders."""

    documents: syntax.Expression
    words: syntax.Expression
    hits: syntax.Expression


@dataclass(frozen=True, slots=True)
class Component:
    """One score that takes part in a ranking."""

    call: syntax.Call
    weight: float

    @property
    def is_text(self) -> bool:
        """Whether it needs statistics."""
        return self.call.function == TEXT_SCORE

    @property
    def text(self) -> syntax.Expression:
        """The property that a full-text score looks at."""
        return self.call.arguments[0]

    @property
    def terms(self) -> tuple[syntax.Expression, ...]:
        """What a full-text score looks for."""
        return self.call.arguments[1:]

    @property
    def descending(self) -> bool:
        """Whether greater is better; a negative weight has no part in that, only in the fusion."""
        return self.is_text or vectors.nearest_is_greatest(self.call)

    def score(self, statistics: Statistics | None) -> syntax.Expression:
        """What it is for a document."""
        if statistics is None:
            greatest = vectors.nearest_is_greatest(self.call)
            return syntax.Binary(
                "??", self.call, syntax.Literal(-_NO_SCORE if greatest else _NO_SCORE)
            )
        arguments = (self.text, syntax.ArrayOf(self.terms), statistics.documents)
        return syntax.Call(full_text.SCORE, (*arguments, statistics.words, statistics.hits))


def components(rank: syntax.Expression, parameters: Parameters) -> tuple[Component, ...]:
    """The scores of ORDER BY RANK *rank*.

    Raises:
        SqlError: it is no ranking, or not everything in it is supported.
    """
    match rank:
        case syntax.Call(function, arguments) if function == FUSION:
            *calls, last = arguments
            weights: list[float] | None = None
            if isinstance(last, (syntax.ArrayOf, syntax.Parameter)):
                weights = _weights(last, parameters, len(calls))
            else:
                calls.append(last)
            if len(calls) < 2:
                raise SqlError("SC2242: The RRF function takes two or more scores.")
            return tuple(
                Component(_score_call(call, parameters), weight)
                for call, weight in zip(calls, weights or [1.0] * len(calls), strict=True)
            )
        case _:
            return (Component(_score_call(rank, parameters), 1.0),)


def _score_call(call: syntax.Expression, parameters: Parameters) -> syntax.Call:
    match call:
        case syntax.Call(function, (text, first, *rest)) if function == TEXT_SCORE:
            given = (
                first.items if isinstance(first, syntax.ArrayOf) and not rest else (first, *rest)
            )
            terms = tuple(_term(term, parameters) for term in given)
            return syntax.Call(TEXT_SCORE, (text, *terms))
        case syntax.Call("_VECTORDISTANCE"):
            return call
        case _:
            raise SqlError("SC2241: ORDER BY RANK takes FullTextScore, VectorDistance and RRF.")


def _term(term: syntax.Expression, parameters: Parameters) -> syntax.Expression:
    match term:
        case syntax.Parameter(name) if type(parameters.get(name)) is str:
            return syntax.Literal(parameters[name])
        case syntax.Literal(str()):
            return term
        case syntax.ObjectOf():
            raise SqlError("emulators.cosmos does not support fuzzy search.")
        case _:
            raise SqlError("SC2241: The terms of FullTextScore must be strings.")


def _weights(node: syntax.Expression, parameters: Parameters, count: int) -> list[float]:
    match node:
        case syntax.Parameter(name):
            given = parameters.get(name)
        case syntax.ArrayOf(items):
            given = [_number(item) for item in items]
    if not isinstance(given, list) or len(given) != count or not all(map(is_number, given)):
        raise SqlError("SC2243: RRF takes one weight, a number, for each of its scores.")
    return given


def _number(node: syntax.Expression) -> Value:
    match node:
        case syntax.Literal(value):
            return value
        case syntax.Unary("-", syntax.Literal(value)) if is_number(value):
            return -value
        case _:
            return None


def fused(columns: list[list[float]], taking_part: tuple[Component, ...]) -> list[float]:
    """The fused score of each document, from a column of scores for each component."""
    total = [0.0] * len(columns[0])
    for column, component in zip(columns, taking_part, strict=True):
        places = sorted(set(column), reverse=component.descending)
        place = {value: number for number, value in enumerate(places, 1)}
        for at, value in enumerate(column):
            total[at] += component.weight / (_DAMPING + place[value])
    return total
