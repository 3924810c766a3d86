"""Syntax trees back to text: what a query plan tells clients to send."""

import json
import re
from functools import singledispatch
from typing import Final

from emulators.cosmos.sql import syntax
from emulators.cosmos.sql.parser import is_reserved
from emulators.cosmos.sql.values import UNDEFINED

_IDENTIFIER: Final = re.compile(r"[A-Za-z_$][A-Za-z0-9_$]*")
_SUBQUERY_PREFIX: Final = {"scalar": "", "exists": "EXISTS", "array": "ARRAY"}


@singledispatch
def text_of(node: object) -> str:
    """A statement or an expression that parses to *node* again; operands are in parentheses."""
    raise TypeError(f"There is no text of {type(node).__name__}.")


def _list(nodes: tuple[syntax.Expression, ...]) -> str:
    return ", ".join(map(text_of, nodes))


def _is_name(text: str) -> bool:
    return bool(_IDENTIFIER.fullmatch(text)) and not is_reserved(text)


@text_of.register
def _literal(node: syntax.Literal) -> str:
    if node.value is UNDEFINED:
        return "undefined"
    # Only a literal too large for a float is infinite.
    return json.dumps(node.value, ensure_ascii=False).replace("Infinity", "1e999")


@text_of.register
def _parameter(node: syntax.Parameter) -> str:
    return node.name


@text_of.register
def _name(node: syntax.Name) -> str:
    return node.name


@text_of.register
def _index(node: syntax.Index) -> str:
    of = text_of(node.of)
    match node.key:
        case syntax.Literal(str() as name) if _is_name(name):
            return f"{of}.{name}"
        case key:
            return f"{of}[{text_of(key)}]"


@text_of.register
def _call(node: syntax.Call) -> str:
    return f"{node.function}({_list(node.arguments)})"


@text_of.register
def _unary(node: syntax.Unary) -> str:
    return f"({node.operator} {text_of(node.operand)})"


@text_of.register
def _binary(node: syntax.Binary) -> str:
    return f"({text_of(node.left)} {node.operator} {text_of(node.right)})"


@text_of.register
def _chain(node: syntax.Chain) -> str:
    return f"({f' {node.operator} '.join(map(text_of, node.operands))})"


@text_of.register
def _ternary(node: syntax.Ternary) -> str:
    return f"({text_of(node.test)} ? {text_of(node.then)} : {text_of(node.otherwise)})"


@text_of.register
def _in(node: syntax.In) -> str:
    return f"({text_of(node.value)} IN ({_list(node.options)}))"


@text_of.register
def _between(node: syntax.Between) -> str:
    return f"({text_of(node.value)} BETWEEN {text_of(node.low)} AND {text_of(node.high)})"


@text_of.register
def _like(node: syntax.Like) -> str:
    escape = "" if node.escape is None else f" ESCAPE {json.dumps(node.escape)}"
    return f"({text_of(node.value)} LIKE {text_of(node.pattern)}{escape})"


@text_of.register
def _array(node: syntax.ArrayOf) -> str:
    return f"[{_list(node.items)}]"


@text_of.register
def _object(node: syntax.ObjectOf) -> str:
    pairs = (
        f"{json.dumps(key, ensure_ascii=False)}: {text_of(value)}" for key, value in node.pairs
    )
    return f"{{{', '.join(pairs)}}}"


@text_of.register
def _subquery(node: syntax.Subquery) -> str:
    return f"{_SUBQUERY_PREFIX[node.kind]}({text_of(node.query)})"


@text_of.register
def _source(node: syntax.Source) -> str:
    if isinstance(node.of, syntax.Query):
        return f"({text_of(node.of)}) AS {node.alias}"
    if node.iterate:
        return f"{node.alias} IN {text_of(node.of)}"
    of = text_of(node.of)
    return of if of == node.alias else f"{of} AS {node.alias}"


@text_of.register
def _select_all(_: syntax.SelectAll) -> str:
    return "*"


@text_of.register
def _select_value(node: syntax.SelectValue) -> str:
    return f"VALUE {text_of(node.expression)}"


@text_of.register
def _select_list(node: syntax.SelectList) -> str:
    # A column may have a name that cannot be written after AS: c["order"].
    if not all(_is_name(name) for name, _ in node.items):
        return f"VALUE {text_of(syntax.ObjectOf(node.items))}"
    return ", ".join(f"{text_of(expression)} AS {name}" for name, expression in node.items)


@text_of.register
def _order(node: syntax.Order) -> str:
    # The direction of a vector search is never written: it follows from the distance function.
    stated = node.descending and not node.is_vector_search
    return text_of(node.expression) + (" DESC" if stated else "")


@text_of.register
def _query(node: syntax.Query) -> str:
    distinct = "DISTINCT " if node.distinct else ""
    top = f"TOP {text_of(node.top)} " if node.top else ""
    clauses = [f"SELECT {distinct}{top}{text_of(node.selection)}"]
    if node.sources:
        clauses.append(f"FROM {' JOIN '.join(map(text_of, node.sources))}")
    if node.where:
        clauses.append(f"WHERE {text_of(node.where)}")
    if node.group_by:
        clauses.append(f"GROUP BY {_list(node.group_by)}")
    if node.rank:
        clauses.append(f"ORDER BY RANK {text_of(node.rank)}")
    if node.order_by:
        clauses.append(f"ORDER BY {', '.join(map(text_of, node.order_by))}")
    if node.offset and node.limit:
        clauses.append(f"OFFSET {text_of(node.offset)} LIMIT {text_of(node.limit)}")
    return " ".join(clauses)
