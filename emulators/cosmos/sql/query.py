"""Statements ready to run: from documents to rows."""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from itertools import islice
from typing import Any, Final, TypeVar

from emulators.cosmos.sql import syntax, vectors
from emulators.cosmos.sql.compiler import Names, Rows, compile_expression
from emulators.cosmos.sql.computed import expanded
from emulators.cosmos.sql.errors import SqlError
from emulators.cosmos.sql.narrowing import values_allowed
from emulators.cosmos.sql.parser import parse_condition, parse_query
from emulators.cosmos.sql.ranking import Ranking
from emulators.cosmos.sql.scope import Evaluator, Scope
from emulators.cosmos.sql.values import UNDEFINED, Value, canonical, sort_key

Parameters = Mapping[str, Value]
Expand = Callable[[Scope], Iterable[Scope]]
T = TypeVar("T")
_NOWHERE: Final = Scope({}, {})


class Statement:
    """A compiled SELECT; safe to keep and to run any number of times."""

    def __init__(self, query: syntax.Query, outer: frozenset[str] | None = None) -> None:
        self.syntax = query
        self._collection, self._expansions, names = _sources(query, outer)
        self._where = compile_expression(query.where, names) if query.where else None
        self._group_by = [compile_expression(item, names) for item in query.group_by]
        shaping = Names(names.known, names.subquery, allow_aggregates=True)
        self._select = _selection(query, shaping)
        self._order = [(compile_expression(o.expression, shaping), o) for o in query.order_by]
        self._ranking = Ranking(query.rank, names) if query.rank else None
        self.aggregates = shaping.aggregates
        self._counts = [
            compile_expression(bound, names) if bound else None
            for bound in (query.top, query.offset, query.limit)
        ]

    @property
    def streams(self) -> bool:
        """Whether each document's rows depend on that document alone."""
        query = self.syntax
        ordered = query.order_by or query.rank or query.group_by or query.distinct
        counted = query.limit or query.top or self.aggregates
        return not (ordered or counted) and bool(query.sources)

    @property
    def selects_documents(self) -> bool:
        """Whether the rows of ``SELECT *`` are the documents themselves, unchanged."""
        return isinstance(self.syntax.selection, syntax.SelectAll) and not self._expansions

    @property
    def aggregates_without_value(self) -> bool:
        """Whether it is an aggregate that the service refuses to merge across partitions."""
        plain = isinstance(self.syntax.selection, syntax.SelectList)
        return self.aggregates and plain and not self.syntax.group_by

    @property
    def searches(self) -> bool:
        """Whether rows come by how near or how relevant they are."""
        return bool(self.syntax.rank) or any(o.is_vector_search for o in self.syntax.order_by)

    @property
    def only_counts(self) -> bool:
        """Whether an index alone answers it: how many documents there are."""
        query = self.syntax
        plain = len(query.sources) == 1 and not (self._expansions or query.where or query.group_by)
        match query.selection:
            case syntax.SelectValue(syntax.Call("COUNT", (syntax.Literal(),))):
                return plain
            case _:
                return False

    def values_allowed(
        self, path: tuple[str, ...], parameters: Parameters
    ) -> Collection[Value] | None:
        """The only values at *path* of a document that can be in the result; None for any."""
        match self.syntax.sources:
            case (syntax.Source(alias, syntax.Name(), iterate=False),):
                target: syntax.Expression = syntax.Name(alias)
                for name in path:
                    target = syntax.Index(target, syntax.Literal(name))
                allowed = values_allowed(self.syntax.where, target, parameters)
                return None if allowed is None else allowed.values()
            case _:
                return None

    def run(self, documents: Iterable[Value], parameters: Parameters) -> Iterator[Value]:
        """The result rows over *documents*, in the statement's order.

        Raises:
            SqlError: a parameter is missing, or a pattern or a row count is wrong.
        """
        alias = self._collection
        if alias is None:
            return self._finish([Scope({}, parameters)], parameters)
        scopes = (Scope({alias: document}, parameters) for document in documents)
        return self._finish(scopes, parameters)

    def run_within(self, scope: Scope) -> list[Value]:
        """The rows as a subquery of the row *scope*."""
        rows = self._finish([Scope(scope.variables, scope.parameters)], scope.parameters)
        return list(rows)

    def _finish(self, scopes: Iterable[Scope], parameters: Parameters) -> Iterator[Value]:
        for expand in self._expansions:
            scopes = _flattened(expand, scopes)
        everything = scopes = list(scopes) if self._ranking else scopes
        if self._where is not None:
            scopes = filter(_passing(self._where), scopes)
        if self._ranking:
            scopes = self._ranking.ordered(list(scopes), list(everything), parameters)
        if self._group_by or self.aggregates:
            scopes = self._grouped(scopes)
        if self._order:
            scopes = self._ordered(scopes)
        select = self._aggregate_row if self.is_one_aggregate else self._select
        rows = (row for scope in scopes if (row := select(scope)) is not UNDEFINED)
        return self._page(_distinct(rows) if self.syntax.distinct else rows, parameters)

    @property
    def is_one_aggregate(self) -> bool:
        """Whether it makes one row of all documents."""
        return self.aggregates and not self._group_by

    def _aggregate_row(self, scope: Scope) -> Value:
        # Clients that merge partitions themselves make null of an undefined SUM or AVG.
        row = self._select(scope)
        return None if row is UNDEFINED else row

    def _grouped(self, scopes: Iterable[Scope]) -> list[Scope]:
        groups: dict[str, list[Scope]] = {} if self._group_by else {"": []}
        for scope in scopes:
            key = "\n".join(canonical(part(scope)) for part in self._group_by)
            groups.setdefault(key, []).append(scope)
        return [_group_scope(members) for members in groups.values()]

    def _ordered(self, scopes: Iterable[Scope]) -> list[Scope]:
        ordered = list(scopes)
        # Stable sorts from the least to the most significant key make one sort by all of them.
        for key, order in reversed(self._order):
            ordered.sort(key=_sort_by(key), reverse=order.descending)
        return ordered

    def _page(self, rows: Iterator[Value], parameters: Parameters) -> Iterator[Value]:
        top, offset, limit = (
            None if bound is None else _row_count(bound, parameters) for bound in self._counts
        )
        if limit is not None:
            rows = islice(rows, offset or 0, (offset or 0) + limit)
        return rows if top is None else islice(rows, top)


def _sort_by(key: Evaluator) -> Callable[[Scope], Any]:
    return lambda scope: sort_key(key(scope))


def _passing(test: Evaluator) -> Callable[[Scope], bool]:
    return lambda scope: test(scope) is True


def _flattened(expand: Expand, scopes: Iterable[Scope]) -> Iterator[Scope]:
    return (expanded for scope in scopes for expanded in expand(scope))


def _group_scope(members: list[Scope]) -> Scope:
    first = members[0] if members else _NOWHERE
    return Scope(first.variables, first.parameters, members)


def _distinct(rows: Iterable[Value]) -> Iterator[Value]:
    seen: set[str] = set()
    for row in rows:
        key = canonical(row)
        if key not in seen:
            seen.add(key)
            yield row


def _row_count(bound: Evaluator, parameters: Parameters) -> int:
    count = bound(Scope({}, parameters))
    if type(count) is not int or count < 0:
        raise SqlError("SC2062: TOP, OFFSET and LIMIT take a number that is an integer from 0 up.")
    return count


def _selection(query: syntax.Query, names: Names) -> Evaluator:
    match query.selection:
        case syntax.SelectAll():
            if len(query.sources) != 1:
                raise SqlError("SC2044: 'SELECT *' is only valid with a single input set.")
            return compile_expression(syntax.Name(query.sources[0].alias), names)
        case syntax.SelectValue(expression):
            return compile_expression(expression, names)
        case syntax.SelectList(items):
            return compile_expression(syntax.ObjectOf(items), names)


def _subquery(query: syntax.Query, names: Names) -> Rows:
    return Statement(query, names.known).run_within


def _sources(
    query: syntax.Query, outer: frozenset[str] | None
) -> tuple[str | None, list[Expand], Names]:
    """The collection's alias (None without one), how rows multiply, and the names they bind."""
    names = Names(outer or frozenset(), _subquery)
    if not query.sources:
        return None, [], names
    collection, first = None, query.sources[0]
    if outer is None:
        collection = _collection_alias(first)
        names = Names(frozenset({collection}), _subquery)
    expansions = []
    for source in query.sources:
        if source.of != syntax.Name(source.alias) or source.iterate:
            expansions.append(_expansion(source, names))
        names = Names(names.known | {source.alias}, _subquery)
    return collection, expansions, names


def _collection_alias(source: syntax.Source) -> str:
    node = source.of
    while isinstance(node, syntax.Index):
        node = node.of
    if not isinstance(node, syntax.Name):
        raise SqlError("emulators.cosmos does not support a subquery as the first input of FROM.")
    return node.name


def _expansion(source: syntax.Source, names: Names) -> Expand:
    if isinstance(source.of, syntax.Query):
        rows = _subquery(source.of, names)
        return lambda scope: [scope.bind(source.alias, row) for row in rows(scope)]
    path = compile_expression(source.of, names)
    return _unrolled(source.alias, path) if source.iterate else _bound(source.alias, path)


def _unrolled(alias: str, path: Evaluator) -> Expand:
    def expand(scope: Scope) -> Iterable[Scope]:
        items = path(scope)
        return (scope.bind(alias, item) for item in items) if type(items) is list else ()

    return expand


def _bound(alias: str, path: Evaluator) -> Expand:
    def expand(scope: Scope) -> Iterable[Scope]:
        value = path(scope)
        return () if value is UNDEFINED else (scope.bind(alias, value),)

    return expand


@dataclass(frozen=True, slots=True)
class Definitions:
    """What a container says of its items: their vectors by path, and their computed properties."""

    metrics: tuple[tuple[str, str], ...] = ()
    computed: tuple[tuple[str, str], ...] = ()

    def applied(self, query: syntax.Query) -> syntax.Query:
        """*query* with all that it leaves to the container."""
        return vectors.resolved(expanded(query, dict(self.computed)), dict(self.metrics))


@lru_cache(maxsize=2048)
def prepare_query(text: str, definitions: Definitions = Definitions()) -> Statement:
    """The compiled statement of *text*, from a cache when it was seen before.

    Raises:
        SqlError: names what is wrong and where.
    """
    return _within_limits(lambda: Statement(definitions.applied(parse_query(text))))


@lru_cache(maxsize=4096)
def prepare_condition(text: str) -> Callable[[Value], bool]:
    """The test a patch condition makes of a stored document; not true is false, as in WHERE.

    Raises:
        SqlError: names what is wrong and where.
    """
    condition = parse_condition(text)
    names = Names(frozenset({condition.alias}), _subquery)
    where = _within_limits(lambda: compile_expression(condition.where, names))
    alias = condition.alias
    return lambda document: where(Scope({alias: document}, {})) is True


def _within_limits(compile_: Callable[[], T]) -> T:
    try:
        return compile_()
    except RecursionError:
        raise SqlError("SC1040: The query is nested too deeply.") from None
