"""Events that never can be taken in: each is to become one dead letter, and nothing else."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

Json = dict[str, Any]

NOBODY = "urn:nobody-known"
NO_TYPE = "Orders.OrderImagined"
A_YEAR = timedelta(days=365)


@dataclass(frozen=True, slots=True)
class Poison:
    """One such event, and the reason it is to be refused for."""

    event: Json
    reason: str

    @property
    def id(self) -> str:
        """The event's id."""
        return str(self.event["id"])


def _without_data(event: Json, _: datetime) -> Json:
    return {name: value for name, value in event.items() if name != "data"}


def _of_unknown_type(event: Json, _: datetime) -> Json:
    return event | {"type": NO_TYPE}


def _of_unknown_source(event: Json, _: datetime) -> Json:
    return event | {"source": NOBODY}


def _with_wrong_data(event: Json, _: datetime) -> Json:
    lines = [line | {"quantity": "many"} for line in event["data"]["lines"]]
    return event | {"data": event["data"] | {"lines": lines}}


def _dated_in_a_year(event: Json, now: datetime) -> Json:
    return event | {"time": (now + A_YEAR).isoformat()}


@dataclass(frozen=True, slots=True)
class _Kind:
    name: str
    reason: str
    spoil: Callable[[Json, datetime], Json]


_KINDS = (
    _Kind("no-data", "invalid-data", _without_data),
    _Kind("unknown-type", "unknown-type", _of_unknown_type),
    _Kind("unknown-source", "unknown-source", _of_unknown_source),
    _Kind("wrong-data", "invalid-data", _with_wrong_data),
    _Kind("dated-in-a-year", "from-the-future", _dated_in_a_year),
)


def poisoned(event: Json, number: int, now: datetime) -> Poison:
    """A spoilt copy of a good *event*, under an id of its own; the kinds take turns."""
    kind = _KINDS[number % len(_KINDS)]
    renamed = event | {"id": f"poison-{number}-{kind.name}"}
    return Poison(kind.spoil(renamed, now), kind.reason)
