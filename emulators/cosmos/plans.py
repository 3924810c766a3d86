"""Query plans: what a statement asks for, told to clients that merge partitions themselves."""

import json
from collections.abc import Iterator
from dataclasses import fields, is_dataclass
from typing import Any

from emulators.cosmos.exchange import Call, Reply
from emulators.cosmos.handlers import container_of
from emulators.cosmos.queries import Question, parse_query_body
from emulators.cosmos.sql import syntax
from emulators.cosmos.sql.aggregates import AGGREGATES
from emulators.cosmos.store import Store


def plan_query(store: Store, call: Call) -> Reply:
    """The plan of a query.

    The statement is not rewritten for one range: this server answers it whole, which is why it
    never asks a client to plan.
    """
    container_of(store, call)
    question = parse_query_body(call.body)
    everything = {"min": "", "max": "FF", "isMinInclusive": True, "isMaxInclusive": False}
    plan = {
        "partitionedQueryExecutionInfoVersion": 2,
        "queryInfo": _info(question),
        "queryRanges": [everything],
    }
    return Reply(200, json.dumps(plan))


def _info(question: Question) -> dict[str, Any]:
    query = question.statement.syntax
    return {
        "distinctType": _distinct_type(query),
        "top": _count(query.top, question),
        "offset": _count(query.offset, question),
        "limit": _count(query.limit, question),
        "orderBy": ["Descending" if key.descending else "Ascending" for key in query.order_by],
        "orderByExpressions": [_text(key.expression) for key in query.order_by],
        "groupByExpressions": [_text(part) for part in query.group_by],
        "groupByAliases": [],
        "aggregates": list(dict.fromkeys(_aggregates(query.selection))),
        "groupByAliasToAggregateType": {},
        "rewrittenQuery": question.text,
        "hasSelectValue": isinstance(query.selection, syntax.SelectValue),
    }


def _distinct_type(query: syntax.Query) -> str:
    if not query.distinct:
        return "None"
    return "Ordered" if query.order_by else "Unordered"


def _count(bound: syntax.Expression | None, question: Question) -> Any:
    match bound:
        case syntax.Literal(value):
            return value
        case syntax.Parameter(name):
            return question.parameters.get(name)
        case _:
            return None


def _aggregates(node: Any) -> Iterator[str]:
    """The aggregates below *node*; a subquery's are its own."""
    match node:
        case syntax.Call(function, _) if function in AGGREGATES:
            yield function.capitalize()
        case syntax.Subquery():
            return
        case tuple():
            for part in node:
                yield from _aggregates(part)
        case _ if is_dataclass(node):
            for field in fields(node):
                yield from _aggregates(getattr(node, field.name))


def _text(node: syntax.Expression) -> str:
    """A path as a client would write it; of any other expression, that it is one."""
    match node:
        case syntax.Name(name):
            return name
        case syntax.Index(of, syntax.Literal(str() as name)):
            return f"{_text(of)}.{name}"
        case syntax.Index(of, syntax.Literal(key)):
            return f"{_text(of)}[{key}]"
        case _:
            return type(node).__name__
