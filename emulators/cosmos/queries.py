"""Queries and read feeds, page by page."""

import base64
import json
import time
import zlib
from collections.abc import Collection, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import islice
from typing import Any, TypeAlias

from emulators.cosmos import charges, documents
from emulators.cosmos.errors import BadRequest, CrossPartitionQueryDisabled
from emulators.cosmos.exchange import Call, Reply, container_headers
from emulators.cosmos.feeds import (
    MAX_PAGE_BYTES,
    Range,
    feed_text,
    of_partition,
    page_size,
    range_of,
)
from emulators.cosmos.handlers import container_of
from emulators.cosmos.item_store import StoredItem
from emulators.cosmos.metrics import metric_headers
from emulators.cosmos.partition import canonical_key
from emulators.cosmos.sql.errors import SqlError
from emulators.cosmos.sql.query import Statement, prepare_query
from emulators.cosmos.store import Store

# A row's place in the result, and the row: what a continuation token points behind.
Row: TypeAlias = tuple[list[int], str]


@dataclass(frozen=True, slots=True)
class Question:
    """A statement with the values of its parameters."""

    text: str
    statement: Statement
    parameters: dict[str, Any]


def parse_query_body(body: bytes) -> Question:
    """Read ``{"query": "...", "parameters": [{"name": "@x", "value": ...}]}``.

    Raises:
        BadRequest: it is not that, or the statement is not valid.
    """
    given = documents.parse_document(body)
    text, parameters = given.get("query"), given.get("parameters") or []
    if not isinstance(text, str) or not isinstance(parameters, list):
        raise BadRequest("A query needs 'query', a string, and may have a list of 'parameters'.")
    with refusing_bad_sql():
        return Question(text, prepare_query(text), dict(map(_parameter, parameters)))


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


def query_items(store: Store, call: Call) -> Reply:
    """One page of a query's rows, all of the work done here: clients need no query plan."""
    container = container_of(store, call)
    question = parse_query_body(call.body)
    asked = range_of(call, container)
    within = _narrowed(asked, question)
    _check_scope(call, asked, within, question.statement)
    ids = question.statement.values_allowed(("id",), question.parameters)
    items, token = _Items(store, within, ids), _Token(question.text)
    place = token.read(call.headers.get("x-ms-continuation"))
    with refusing_bad_sql():
        every = _rows(question, items, place)
        if asked.is_partial and question.statement.is_one_aggregate:
            # The client merges what its ranges say, and one without values says nothing.
            every = (row for row in every if row[1] != "null")
        rows, more = _page(every, page_size(call))
    reply = _page_reply(within, rows, token.write(rows[-1][0]) if more else None, items.scanned)
    reply.headers |= metric_headers(
        call,
        container.key_paths,
        retrieved=0 if question.statement.only_counts else items.scanned,
        rows=len(rows),
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


def _check_scope(call: Call, asked: Range, within: Range, statement: Statement) -> None:
    # A client that names a range of the container does the fanning out itself.
    if not asked.extent.is_everything or "x-ms-documentdb-partitionkeyrangeid" in call.headers:
        return
    if within.extent.is_everything and not call.crosses_partitions:
        raise CrossPartitionQueryDisabled
    if call.crosses_partitions and statement.aggregates_without_value:
        raise BadRequest("Cross partition query only supports 'VALUE <AggregateFunc>' aggregates.")


def read_feed(store: Store, call: Call) -> Reply:
    """One page of all items of a partition or of the container."""
    within = range_of(call, container_of(store, call))
    items, token = _Items(store, within), _Token("")
    after, _ = token.read(call.headers.get("x-ms-continuation"))
    every = (([item.key, 1], item.body) for item in items.after(after))
    rows, more = _page(every, page_size(call))
    return _page_reply(within, rows, token.write(rows[-1][0]) if more else None, items.scanned)


def _rows(question: Question, items: _Items, place: list[int]) -> Iterator[Row]:
    if question.statement.streams:
        return _streamed(question, items, *place)
    return _buffered(question, items, place[1])


def _buffered(question: Question, items: _Items, offset: int) -> Iterator[Row]:
    rows = question.statement.run((item.document() for item in items.after(0)), question.parameters)
    for number, row in enumerate(islice(rows, offset, None), offset + 1):
        yield [0, number], documents.write(row)


def _streamed(question: Question, items: _Items, after: int, skip: int) -> Iterator[Row]:
    # The last document of the page before is read again: only *skip* of its rows were delivered.
    for item in items.after(after - 1):
        rows = question.statement.run([item.document()], question.parameters)
        for number, row in enumerate(rows, 1):
            if item.key != after or number > skip:
                whole = question.statement.selects_documents
                yield [item.key, number], item.body if whole else documents.write(row)


def _page(rows: Iterator[Row], most: int) -> tuple[list[Row], bool]:
    """The rows of one page, and whether another follows."""
    page: list[Row] = []
    room = MAX_PAGE_BYTES
    for row in rows:
        room -= documents.size_of(row[1])
        if len(page) == most or (page and room < 0):
            return page, True
        page.append(row)
    return page, False


def _page_reply(within: Range, rows: list[Row], token: str | None, scanned: int) -> Reply:
    text = feed_text(within.container, [text for _, text in rows])
    headers = container_headers(within.container, within.range_id)
    headers["x-ms-item-count"] = str(len(rows))
    if token is not None:
        headers["x-ms-continuation"] = token
    return Reply(200, text, charges.query(scanned, len(text)), headers)


class _Token:
    """Continuation tokens of one query: a place in its result, bound to its text."""

    def __init__(self, text: str) -> None:
        self._mark = zlib.crc32(text.encode("utf-8", "replace"))

    def write(self, place: list[int]) -> str:
        return base64.b64encode(json.dumps([self._mark, *place]).encode()).decode()

    def read(self, token: str | None) -> list[int]:
        """The place a page begins behind.

        Raises:
            BadRequest: the token is damaged or of another query.
        """
        # Tokens of the service itself name an item of another account: nothing comes before it.
        if not token or token.startswith("-RID:"):
            return [0, 0]
        try:
            mark, after, count = map(int, json.loads(base64.b64decode(token, validate=True)))
        except (ValueError, TypeError):
            mark, after, count = -1, 0, 0
        if mark != self._mark or not (0 <= after < 2**63 and 0 <= count < 2**31):
            raise BadRequest("Invalid Continuation Token")
        return [after, count]
