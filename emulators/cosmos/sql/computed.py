"""Computed properties: expressions of a container that queries use like properties of its items."""

from collections.abc import Mapping

from emulators.cosmos.sql import syntax
from emulators.cosmos.sql.errors import SqlError
from emulators.cosmos.sql.parser import parse_query
from emulators.cosmos.sql.walk import mapped

# The defining query of each, by its name.
Computed = Mapping[str, str]


def expanded(query: syntax.Query, computed: Computed) -> syntax.Query:
    """*query* with every use of a computed property replaced by its expression.

    ``SELECT *`` is without them, as in the service.
    """
    match query.sources:
        case (syntax.Source(alias, syntax.Name(), iterate=False), *_) if computed:
            item = syntax.Name(alias)
        case _:
            return query

    def change(node: object) -> object:
        match node:
            case syntax.Index(of, syntax.Literal(str() as name)) if of == item and name in computed:
                return expression_of(computed[name], item)
            case _:
                return node

    return mapped(query, change)


def expression_of(text: str, item: syntax.Name) -> syntax.Expression:
    """The expression in the query *text* that defines a property, for items called *item*.

    Raises:
        SqlError: it is not ``SELECT VALUE expression FROM alias``.
    """
    match parse_query(text):
        case syntax.Query(
            syntax.SelectValue(expression),
            sources=(syntax.Source(alias, syntax.Name(), iterate=False),),
        ) as query if query == syntax.Query(query.selection, sources=query.sources):
            own = syntax.Name(alias)
            return mapped(expression, lambda node: item if node == own else node)
        case _:
            raise SqlError("A computed property needs a query SELECT VALUE expression FROM alias.")
