"""Query plans: what a statement asks for, told to clients that merge partitions themselves."""

import json
from typing import Any, Final

from emulators.cosmos.exchange import Call, Reply
from emulators.cosmos.handlers import container_of
from emulators.cosmos.queries import Question, parse_query_body, refusing_bad_sql
from emulators.cosmos.sql import syntax
from emulators.cosmos.sql.hybrid import components
from emulators.cosmos.sql.rewriting import (
    aggregates_of,
    component_queries,
    count_of,
    distinct_type,
    global_statistics,
    rewritten,
)
from emulators.cosmos.sql.text import text_of
from emulators.cosmos.store import Store

_EVERYTHING: Final = {"min": "", "max": "FF", "isMinInclusive": True, "isMaxInclusive": False}
_AGGREGATE_NAMES: Final = {"AVG": "Average", "COUNTIF": "CountIf"}


def plan_query(store: Store, call: Call) -> Reply:
    """The plan of a query: what to ask each range, and how to merge what they answer."""
    container = container_of(store, call)
    question = parse_query_body(call.body, container)
    with refusing_bad_sql():
        ranked = question.statement.syntax.rank is not None
        part = _hybrid_part(question) if ranked else {"queryInfo": _info(question)}
    plan = {"partitionedQueryExecutionInfoVersion": 2, **part, "queryRanges": [_EVERYTHING]}
    return Reply(200, json.dumps(plan))


def _info(question: Question) -> dict[str, Any]:
    query, parameters = question.statement.syntax, question.parameters
    for_a_range = rewritten(query, parameters)
    return {
        **_order(query.order_by),
        "distinctType": distinct_type(query),
        "top": count_of(query.top, parameters),
        "offset": count_of(query.offset, parameters),
        "limit": count_of(query.limit, parameters),
        "groupByExpressions": [text_of(part) for part in query.group_by],
        "groupByAliases": [],
        "aggregates": [_AGGREGATE_NAMES.get(a, a.capitalize()) for a in aggregates_of(query)],
        "groupByAliasToAggregateType": {},
        "rewrittenQuery": text_of(for_a_range) if for_a_range else question.text,
        "hasSelectValue": isinstance(query.selection, syntax.SelectValue),
        "dCountInfo": None,
        "hasNonStreamingOrderBy": any(order.is_vector_search for order in query.order_by),
    }


def _order(keys: tuple[syntax.Order, ...]) -> dict[str, Any]:
    return {
        "orderBy": ["Descending" if key.descending else "Ascending" for key in keys],
        "orderByExpressions": [text_of(key.expression) for key in keys],
    }


def _hybrid_part(question: Question) -> dict[str, Any]:
    query, parameters = question.statement.syntax, question.parameters
    assert query.rank is not None  # noqa: S101 - the caller asked
    scores = components(query.rank, parameters)
    skip = count_of(query.offset, parameters)
    take = count_of(query.limit if query.limit else query.top, parameters)
    asked = component_queries(query, scores, (skip or 0) + (take or 0))
    weighted = any(score.weight != 1.0 for score in scores)
    info = {
        "globalStatisticsQuery": text_of(global_statistics(query, scores)),
        "componentQueryInfos": [_component(each) for each in asked],
        "componentWithoutPayloadQueryInfos": [],
        "projectionQueryInfo": None,
        "componentWeights": [score.weight for score in scores] if weighted else None,
        "skip": skip,
        "take": take,
        "requiresGlobalStatistics": any(score.is_text for score in scores),
    }
    return {"hybridSearchQueryInfo": info}


def _component(query: syntax.Query) -> dict[str, Any]:
    return {
        **_order(query.order_by),
        "distinctType": "None",
        "top": count_of(query.top, {}),
        "offset": None,
        "limit": None,
        "groupByExpressions": [],
        "groupByAliases": [],
        "aggregates": [],
        "groupByAliasToAggregateType": {},
        "rewrittenQuery": text_of(query),
        "hasSelectValue": False,
        "dCountInfo": None,
        "hasNonStreamingOrderBy": True,
    }
