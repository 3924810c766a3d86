"""Reads pages of stored documents, newest first."""

import json
import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, TypeAlias

Condition: TypeAlias = tuple[str, list[Any]]

_OPERATORS = {"gt": ">", "gte": ">=", "lt": "<", "lte": "<="}


def created_within(created: Mapping[str, int]) -> list[Condition]:
    """Conditions for Stripe's ``created[gte]`` and its like."""
    return [
        (f"json_extract(document, '$.created') {_OPERATORS[name]} ?", [value])
        for name, value in created.items()
    ]


def read_page(
    connection: sqlite3.Connection,
    table: str,
    conditions: Sequence[Condition],
    limit: int,
    after: str | None,
) -> Iterator[dict[str, Any]]:
    """Up to *limit* documents of *table* that meet all conditions, from the one older than *after*.

    Tables and conditions are the emulator's own text, only values are a client's.
    """
    conditions = list(conditions)
    if after is not None:
        older = f"sequence < (SELECT sequence FROM {table} WHERE id = ?)"  # noqa: S608
        conditions.append((older, [after]))
    where = f"WHERE {' AND '.join(text for text, _ in conditions)}" if conditions else ""
    values = [value for _, some in conditions for value in some]
    rows = connection.execute(
        f"SELECT document FROM {table} {where} ORDER BY sequence DESC LIMIT ?",  # noqa: S608
        (*values, limit),
    )
    return (json.loads(row["document"]) for row in rows)
