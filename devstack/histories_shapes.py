"""Compares what is passed on in calls by its shape: fields may be added, never lost or changed."""

import json
from collections.abc import Iterator
from typing import Any

from devstack.histories import Row
from emulators.functions_host.durable.decisions import Scheduled
from emulators.functions_host.durable.events import EventType
from emulators.functions_host.durable.tasks import Call

_JSON_TYPES = {dict: "object", list: "array", str: "text", bool: "boolean", type(None): "null"}


def lost_of_call(row: Row, work: Scheduled) -> list[str]:
    """What the input of *row* has and that of *work* lacks, a line each.

    Rows have inputs only where the host was told to store them.
    """
    if not row.get("Input") or not isinstance(work.call, Call):
        return []
    recorded = json.loads(row["Input"])
    if row["EventType"] == EventType.TASK_SCHEDULED:
        (recorded,) = recorded  # an activity's arguments are an array of one
    return list(_lost(_decoded(recorded), _decoded(work.call.input), "the input"))


def _decoded(text: Any) -> Any:
    """What JSON text stands for; other text stands for itself, as for the SDK."""
    try:
        return json.loads(text)
    except (ValueError, TypeError):
        return text


def _lost(recorded: Any, today: Any, what: str) -> Iterator[str]:
    if recorded is None:
        return
    if _type(recorded) != _type(today):
        yield f"{what} was {_type(recorded)} and is {_type(today)}"
    elif isinstance(recorded, dict):
        for name, value in recorded.items():
            if name in today:
                yield from _lost(value, today[name], f"{what}'s {name!r}")
            else:
                yield f"{what} has no {name!r} any more"
    elif isinstance(recorded, list):
        for value, now in zip(recorded, today, strict=False):
            yield from _lost(value, now, f"an element of {what}")


def _type(value: Any) -> str:
    return _JSON_TYPES.get(type(value), "number")
