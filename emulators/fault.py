"""One fault: which requests it meets, what it does to them, and how it is written down."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import Any

BEFORE, AFTER = "before", "after"

Facts = Mapping[str, str]


class InvalidFaultError(ValueError):
    """What was asked for is no fault; the message says why."""


@dataclass
class Fault:
    """One fault and how often it still fires.

    ``status`` answers without any effect. ``drop`` cuts the connection instead of answering:
    ``before`` the request has any effect, or ``after`` it is committed. ``latency_ms`` passes
    between the effect and the answer, so that a client that gives up cannot know the outcome.
    ``details`` are what else the emulator's error answers can tell.
    """

    match: dict[str, str]
    status: int | None = None
    latency_ms: float = 0
    drop: str | None = None
    count: int | None = None
    rate: float = 1.0
    fired: int = 0
    details: dict[str, int] = field(default_factory=dict)

    def matches(self, facts: Facts) -> bool:
        return self.count != 0 and all(facts.get(name) == self.match[name] for name in self.match)

    def fire(self) -> None:
        self.fired += 1
        if self.count is not None:
            self.count -= 1

    def describe(self) -> dict[str, Any]:
        """The fault as ``GET /_emulator/faults`` shows it."""
        behaviour = {
            "status": self.status,
            "latencyMs": self.latency_ms,
            "drop": self.drop,
            "count": self.count,
            "rate": self.rate,
            "fired": self.fired,
        }
        return {**self.match, **behaviour, **self.details}


def parse_fault(document: object, fields: Collection[str], details: Collection[str] = ()) -> Fault:
    """Read a fault as it is posted: match fields beside ``status``, ``latencyMs``, ``drop``, ..."""
    if not isinstance(document, dict):
        raise InvalidFaultError("a fault is a JSON object")
    given = dict(document)
    match = {name: str(given.pop(name)) for name in fields if name in given}
    fault = Fault(
        match,
        status=_number(given, "status", lowest=400, highest=599, whole=True),
        latency_ms=_number(given, "latencyMs", lowest=0, highest=600_000) or 0,
        drop=_drop(given),
        count=_number(given, "count", lowest=1, highest=10**9, whole=True),
        rate=_number(given, "rate", lowest=0, highest=1, default=1.0),
        details={
            name: _number(given, name, lowest=0, highest=10**6, whole=True)
            for name in details
            if name in given
        },
    )
    if given:
        raise InvalidFaultError(
            f"unknown field {min(given)!r}; a fault here matches on {sorted(fields)}"
        )
    if fault.status and fault.drop:
        raise InvalidFaultError("'status' answers and 'drop' does not: a fault has one of them")
    if not (fault.status or fault.drop or fault.latency_ms):
        raise InvalidFaultError("a fault needs 'status', 'drop' or 'latencyMs'")
    return fault


def _number(
    given: dict[str, Any],
    name: str,
    *,
    lowest: float,
    highest: float,
    whole: bool = False,
    default: float | None = None,
) -> Any:
    value = given.pop(name, None)
    if value is None:
        return default
    kinds = (int,) if whole else (int, float)
    if isinstance(value, bool) or not isinstance(value, kinds) or not lowest <= value <= highest:
        kind = "whole number" if whole else "number"
        raise InvalidFaultError(
            f"'{name}' must be a {kind} from {lowest} to {highest}, not {value!r}"
        )
    return value


def _drop(given: dict[str, Any]) -> str | None:
    value: str | None = given.pop("drop", None)
    if value not in (None, BEFORE, AFTER):
        raise InvalidFaultError(f"'drop' must be '{BEFORE}' or '{AFTER}', not {value!r}")
    return value
