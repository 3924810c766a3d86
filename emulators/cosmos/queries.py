"""Queries and read feeds, page by page."""

import time
from collections.abc import Collection, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import islice
from typing import Any

from emulators.cosmos import charges, documents
from emulators.cosmos.errors import BadRequest, CrossPartitionQueryDisabled, NeedsQueryPlan
from emulators.cosmos.exchange import Call, Reply, container_headers
from emulators.cosmos.feeds import Range, feed_text, of_partition, page_size, range_of
from emulators.cosmos.handlers import container_of
from emulators.cosmos.item_store import StoredItem
from emulators.cosmos.metrics import metric_headers
from emulators.cosmos.paging import Page, Place, Row, Token, page_of
from emulators.cosmos.partition import canonical_key
from emulators.cosmos.sql.errors import SqlError
from emulators.cosmos.sql.query import Definitions, Statement, prepare_query
from emulators.cosmos.sql.rewriting import is_merged, rewritten
from emulators.cosmos.store import Container, Store


@dataclass(frozen=True, slots=True)
class Question:
    """A statement with the values of its parameters."""

    text: str
    statement: Statement
    parameters: dict[str, Any]


def parse_query_body(body: bytes, container: Container | None = None) -> Question:
    """Read ``{"query": "...", "parameters": [{"name": "@x", "value": ...}]}``.

    Raises:
        BadRequest: it is not that, or the statement is not valid.
    """
    given = documents.parse_document(body)
    text, parameters = given.get("query"), given.get("parameters") or []
    if not isinstance(text, str) or not isinstance(parameters, list):
        raise BadRequest("A query needs 'query', a string, and may have a list of 'parameters'.")
    with refusing_bad_sql():
        statement = prepare_query(text, container.definitions if container else Definitions())
        return Question(text, statement, dict(map(_parameter, parameters)))


def _parameter(given: Any) -> tuple[str, Any]:
    name = documents.as_document(given).get("name")
    if not isinstance(name, str) or "value" not in given:
        raise BadRequest("A query parameter needs a 'name' and a 'value'.")
    return name, given["value"]


@contextmanager
def refusing_bad_sql() -> Iterator[None]:
    """Turn what is wrong with a statement into the service's answer."""
    try:
        yield
    except SqlError as error:
        raise BadRequest(str(error)) from error
    except RecursionError:
        raise BadRequest("The query is nested too deeply.") from None


def rows_of(question: Question, resources: Iterable[Any]) -> list[Any]:
    """All rows of *question* over *resources*."""
    with refusing_bad_sql():
        return list(question.statement.run(resources, question.parameters))


class _Items:
    """The items of a range as a query reads them; counts what it looked at."""

    def __init__(self, store: Store, within: Range, ids: Collection[Any] | None = None) -> None:
        self._store = store
        self._range = within
        self._ids = None if ids is None else {name for name in ids if isinstance(name, str)}
        self.scanned = 0

    def after(self, key: int) -> Iterator[StoredItem]:
        """Items that still exist, in the order of creation, from *key* on."""
        found = self._store.items.scan(self._range.container.number, self._range.extent, key)
        for item in self._range.alive(found, time.time()):
            if self._ids is None or item.id in self._ids:
                self.scanned += 1
                yield item


def query_items(store: Store, call: Call, *, whole: bool = False) -> Reply:
    """One page of a query's rows.

    Rows of several ranges are for the client to merge, unless it wants them as a *whole*.
    """
    container = container_of(store, call)
    question = parse_query_body(call.body, container)
    asked = range_of(call, container)
    within = _narrowed(asked, question)
    _check_scope(call, asked, within, question)
    if not whole and _needs_plan(call, within, question):
        raise NeedsQueryPlan
    parts = within.parts if question.statement.streams and not whole else [within]
    token = Token(question.text)
    place = token.read(call.headers.get("x-ms-continuation"), len(parts))
    ids = question.statement.values_allowed(("id",), question.parameters)
    items = _Items(store, parts[place.part], ids)
    with refusing_bad_sql():
        every = _rows(question, items, place)
        if asked.is_partial and question.statement.is_one_aggregate:
            # The client merges what its ranges say, and one without values says nothing.
            every = (row for row in every if row[1] != "null")
        page = page_of(every, parts, place.part, page_size(call))
    reply = _page_reply(page, token, items.scanned)
    reply.headers |= metric_headers(
        call,
        container.key_paths,
        retrieved=0 if question.statement.only_counts else items.scanned,
        rows=len(page.texts),
        size=len(reply.text),
    )
    return reply


def _narrowed(within: Range, question: Question) -> Range:
    """The one partition of *within* that the statement itself names, if it does."""
    if not within.extent.is_everything:
        return within
    values: list[Any] = []
    for path in within.container.key_paths:
        allowed = question.statement.values_allowed(path, question.parameters)
        if allowed is None or len(allowed) != 1:
            return within
        values += allowed
    if any(isinstance(value, (dict, list)) for value in values):
        return within
    return of_partition(within.container, canonical_key(values))


def _check_scope(call: Call, asked: Range, within: Range, question: Question) -> None:
    # A client that names a range of the container does the fanning out itself.
    if not asked.extent.is_everything or "x-ms-documentdb-partitionkeyrangeid" in call.headers:
        return
    if within.extent.is_everything and not call.crosses_partitions:
        raise CrossPartitionQueryDisabled
    if call.crosses_partitions and question.statement.aggregates_without_value:
        raise BadRequest("Cross partition query only supports 'VALUE <AggregateFunc>' aggregates.")


def _needs_plan(call: Call, within: Range, question: Question) -> bool:
    """Whether the client has to merge; one range has nothing to merge, so we answer as a whole."""
    if not within.extent.is_everything or "x-ms-documentdb-partitionkeyrangeid" in call.headers:
        return False
    statement = question.statement
    if statement.searches:
        return True
    several = len(within.container.ranges) > 1 and is_merged(statement.syntax)
    return several and rewritten(statement.syntax, question.parameters) is not None


def read_feed(store: Store, call: Call, *, whole: bool = False) -> Reply:
    """One page of all items of a partition or of the container; of one range, unless *whole*."""
    within, token = range_of(call, container_of(store, call)), Token("")
    parts = [within] if whole else within.parts
    place = token.read(call.headers.get("x-ms-continuation"), len(parts))
    items = _Items(store, parts[place.part])
    every = ((Place(place.part, item.key, 1), item.body) for item in items.after(place.key))
    page = page_of(every, parts, place.part, page_size(call))
    return _page_reply(page, token, items.scanned)


def _rows(question: Question, items: _Items, place: Place) -> Iterator[Row]:
    if question.statement.streams:
        return _streamed(question, items, place)
    return _buffered(question, items, place.count)


def _buffered(question: Question, items: _Items, offset: int) -> Iterator[Row]:
    rows = question.statement.run((item.document() for item in items.after(0)), question.parameters)
    for number, row in enumerate(islice(rows, offset, None), offset + 1):
        yield Place(count=number), documents.write(row)


def _streamed(question: Question, items: _Items, place: Place) -> Iterator[Row]:
    # The last document of the page before is read again: some of its rows were delivered.
    whole = question.statement.selects_documents
    for item in items.after(place.key - 1):
        rows = question.statement.run([item.document()], question.parameters)
        for number, row in enumerate(rows, 1):
            if item.key != place.key or number > place.count:
                text = item.body if whole else documents.write(row)
                yield Place(place.part, item.key, number), text


def _page_reply(page: Page, token: Token, scanned: int) -> Reply:
    container = page.within.container
    text = feed_text(container, page.texts)
    headers = container_headers(container, page.within.range_id)
    headers["x-ms-item-count"] = str(len(page.texts))
    if page.goes_on is not None:
        headers["x-ms-continuation"] = token.write(page.goes_on)
    return Reply(200, text, charges.query(scanned, len(text)), headers)
