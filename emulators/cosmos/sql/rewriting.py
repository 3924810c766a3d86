"""What each range is asked, so that a client can merge the answers of several."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Final

from emulators.cosmos.sql import syntax
from emulators.cosmos.sql.aggregates import AGGREGATES
from emulators.cosmos.sql.full_text import CONTAINS, WORD_COUNT
from emulators.cosmos.sql.hybrid import Component, Statistics
from emulators.cosmos.sql.values import Value
from emulators.cosmos.sql.walk import nodes

Parameters = Mapping[str, Value]
# Clients put the place to go on from here, and what the ranges have of the words there.
_FILTER: Final = syntax.Name("{documentdb-formattableorderbyquery-filter}")
_HYBRID: Final = "documentdb-formattablehybridsearchquery"
_LEAST_CANDIDATES: Final = 120


def count_of(bound: syntax.Expression | None, parameters: Parameters) -> Value:
    """The number that TOP, OFFSET or LIMIT has, if any."""
    match bound:
        case syntax.Literal(value):
            return value
        case syntax.Parameter(name):
            return parameters.get(name)
        case _:
            return None


def aggregates_of(query: syntax.Query) -> list[str]:
    """The aggregates that *query* selects; those of subqueries are their own."""
    found = nodes(query.selection, outside=syntax.Subquery)
    calls = (node.function for node in found if isinstance(node, syntax.Call))
    return list(dict.fromkeys(name for name in calls if name in AGGREGATES))


def is_merged(query: syntax.Query) -> bool:
    """Whether the rows of ranges do not just follow each other."""
    shaped = query.order_by or query.rank or query.distinct or query.top or query.limit
    return bool(shaped or aggregates_of(query))


def rewritten(query: syntax.Query, parameters: Parameters) -> syntax.Query | None:
    """The statement for one range; None when no client could merge its answers."""
    if query.group_by or not query.sources:
        return None
    query = _from_the_start(query, parameters)
    if aggregates_of(query):
        return _partial_aggregate(query)
    return _ordered(query) if query.order_by else query


def _from_the_start(query: syntax.Query, parameters: Parameters) -> syntax.Query:
    """Whatever is skipped must come, because other ranges may have what comes first."""
    offset, limit = count_of(query.offset, parameters), count_of(query.limit, parameters)
    if type(offset) is not int or type(limit) is not int:
        return query
    return replace(query, offset=syntax.Literal(0), limit=syntax.Literal(offset + limit))


def _partial_aggregate(query: syntax.Query) -> syntax.Query | None:
    if query.distinct or query.order_by:
        return None
    match query.selection:
        case syntax.SelectValue(syntax.Call(function, (argument,)) as call) if (
            function in AGGREGATES
        ):
            return replace(query, selection=syntax.SelectValue(_items(_partial(call, argument))))
        case _:
            return None


def _partial(call: syntax.Call, argument: syntax.Expression) -> syntax.Expression:
    if call.function != "AVG":
        return call
    parts = (("sum", "SUM"), ("count", "COUNT"))
    return syntax.ObjectOf(
        tuple((name, syntax.Call(function, (argument,))) for name, function in parts)
    )


def _items(*expressions: syntax.Expression) -> syntax.ArrayOf:
    return syntax.ArrayOf(tuple(syntax.ObjectOf((("item", each),)) for each in expressions))


def _ordered(query: syntax.Query) -> syntax.Query:
    columns = [
        ("orderByItems", _items(*(order.expression for order in query.order_by))),
        ("payload", _payload(query)),
    ]
    if not query.distinct:
        columns.insert(0, ("_rid", _rid(query)))
    where = [query.where, _FILTER]
    if isinstance(query.selection, syntax.SelectValue):
        # An undefined value is no row, but here it would be one without a payload.
        where.append(syntax.Call("IS_DEFINED", (query.selection.expression,)))
    return replace(query, selection=syntax.SelectList(tuple(columns)), where=_all_of(*where))


def _all_of(*conditions: syntax.Expression | None) -> syntax.Expression:
    given = tuple(condition for condition in conditions if condition)
    return syntax.Chain("AND", given) if len(given) > 1 else given[0]


def _payload(query: syntax.Query) -> syntax.Expression:
    match query.selection:
        case syntax.SelectAll():
            return syntax.Name(query.sources[0].alias)
        case syntax.SelectValue(expression):
            return expression
        case syntax.SelectList(items):
            return syntax.ObjectOf(items)


def _rid(query: syntax.Query) -> syntax.Expression:
    return syntax.Index(syntax.Name(query.sources[0].alias), syntax.Literal("_rid"))


def distinct_type(query: syntax.Query) -> str:
    """Whether equal rows follow each other: when the order is by all that is selected."""
    if not query.distinct:
        return "None"
    match query.selection:
        case syntax.SelectValue(expression):
            selected = {expression}
        case syntax.SelectList(items):
            selected = {expression for _, expression in items}
        case _:
            return "Unordered"
    return "Ordered" if selected == {o.expression for o in query.order_by} else "Unordered"


def global_statistics(query: syntax.Query, scores: tuple[Component, ...]) -> syntax.Query:
    """What a range is asked before a ranking by words: how many there are, and where."""
    found = tuple(_statistics_of(score) for score in scores if score.is_text)
    count = syntax.Call("COUNT", (syntax.Literal(1),))
    columns = (("documentCount", count), ("fullTextStatistics", syntax.ArrayOf(found)))
    return syntax.Query(syntax.SelectList(columns), sources=query.sources)


def _statistics_of(score: Component) -> syntax.Expression:
    total = syntax.Call("SUM", (syntax.Call(WORD_COUNT, (score.text,)),))
    hits = (
        syntax.Call("COUNTIF", (syntax.Call(CONTAINS, (score.text, term)),)) for term in score.terms
    )
    return syntax.ObjectOf((("totalWordCount", total), ("hitCounts", syntax.ArrayOf(tuple(hits)))))


def component_queries(
    query: syntax.Query, scores: tuple[Component, ...], wanted: int
) -> list[syntax.Query]:
    """For each score, the best documents by it alone, with all their scores."""
    values = [
        score.score(_placeholders(at) if score.is_text else None) for at, score in enumerate(scores)
    ]
    payload = syntax.ObjectOf(
        (("payload", _payload(query)), ("componentScores", syntax.ArrayOf(tuple(values))))
    )
    return [
        syntax.Query(
            syntax.SelectList(
                (("_rid", _rid(query)), ("orderByItems", _items(value)), ("payload", payload))
            ),
            top=syntax.Literal(max(_LEAST_CANDIDATES, wanted)),
            sources=query.sources,
            where=_all_of(query.where, _FILTER),
            order_by=(syntax.Order(value, score.descending),),
        )
        for score, value in zip(scores, values, strict=True)
    ]


def _placeholders(number: int) -> Statistics:
    names = ("totaldocumentcount", f"totalwordcount-{number}", f"hitcountsarray-{number}")
    return Statistics(*(syntax.Name(f"{{{_HYBRID}-{name}}}") for name in names))
