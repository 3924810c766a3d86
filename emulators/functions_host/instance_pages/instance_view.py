"""What the page of one instance shows."""

import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from emulators.functions_host.durable.entity_messages import EntityId
from emulators.functions_host.durable.events import Event, EventType, read_time
from emulators.functions_host.durable.records import Instance, Status
from emulators.functions_host.instance_pages.list_view import age
from emulators.functions_host.instance_pages.steps import Kind, Row, State, Step
from emulators.functions_host.instance_pages.timeline import Timeline
from emulators.pages.formats import (
    Payload,
    cut,
    duration,
    first_line,
    fits,
    payload,
    plain,
    short,
    stamp,
)

# Bars are drawn on a scale of so many units, and never so thin that they cannot be seen.
SCALE: Final = 1000
_THINNEST: Final = 4
# Of a longer timeline the last steps are shown, until somebody asks for all of it.
STEPS: Final = 200
_FAILED: Final = re.compile(r"^(Activity|Orchestrator) function '[^']*' failed:\s+")


@dataclass(frozen=True, slots=True)
class Bar:
    """One attempt, or one moment."""

    kind: Kind
    name: str
    state: State
    attempt: str
    start: datetime
    offset: timedelta
    length: timedelta | None
    x: int
    width: int
    outcome: str
    details: Payload | None
    child: str | None
    entity: EntityId | None


@dataclass(frozen=True, slots=True)
class Hint:
    """Something the instance waits for, perhaps another *instance_id* or an *entity*."""

    text: str
    name: str = ""
    instance_id: str | None = None
    entity: EntityId | None = None


@dataclass(frozen=True, slots=True)
class Details:
    """An instance with all that is known of it."""

    instance: Instance
    created: datetime
    updated: datetime
    length: timedelta
    input: Payload | None
    output: Payload | None
    custom_status: Payload | None
    steps: tuple[tuple[Bar, ...], ...]
    missing_steps: int
    children: tuple[Row, ...]
    hints: tuple[Hint, ...]
    history: Payload
    awaited_event: str


def details(
    instance: Instance,
    history: Sequence[Event],
    timeline: Timeline | None,
    *,
    whole: bool,
    now: datetime,
) -> Details:
    """Everything, with long texts and timelines cut unless the *whole* is wanted."""
    steps = timeline.steps if timeline else ()
    shown = steps if whole else steps[-STEPS:]
    return Details(
        instance,
        read_time(instance.created),
        read_time(instance.updated),
        age(instance, now),
        payload(instance.input, whole=whole),
        _output(instance, whole=whole),
        payload(instance.custom_status, whole=whole),
        tuple(tuple(_bars(step, timeline, whole=whole)) for step in shown) if timeline else (),
        len(steps) - len(shown),
        timeline.children if timeline else (),
        tuple(_hints(instance, timeline, now)) if instance.active else (),
        cut(_raw(history), whole=whole),
        next(iter(timeline.awaited_events), "") if timeline else "",
    )


def _output(instance: Instance, *, whole: bool) -> Payload | None:
    if instance.status in (Status.FAILED, Status.TERMINATED):
        return cut(plain(instance.output), whole=whole)
    return payload(instance.output, whole=whole)


def _bars(step: Step, timeline: Timeline, *, whole: bool) -> Iterator[Bar]:
    for number, row in enumerate(step.rows, 1):
        attempt = f"attempt {number}" if len(step.rows) > 1 or step.pause else ""
        end = row.end or (timeline.end if row.state in (State.OPEN, State.UNHEARD) else row.start)
        x, width = _extent(row.start, end, timeline)
        yield Bar(
            row.kind,
            row.name,
            row.state,
            attempt,
            row.start,
            row.start - timeline.start,
            None if row.state in (State.CANCELLED, State.UNHEARD) else end - row.start,
            x,
            width,
            _outcome(row),
            _more(row, whole=whole),
            row.child,
            row.entity,
        )


def _extent(start: datetime, end: datetime, timeline: Timeline) -> tuple[int, int]:
    span = (timeline.end - timeline.start) / SCALE or timedelta(microseconds=1)
    width = min(max(round((end - start) / span), _THINNEST), SCALE)
    x = min(max(round((start - timeline.start) / span), 0), SCALE - width)
    return x, width


def _outcome(row: Row) -> str:
    if row.failure is not None:
        # The row says already which function it was.
        return first_line(_FAILED.sub("", row.failure.strip(), count=1))
    if row.due is not None:
        return f"due {stamp(row.due)}"
    if row.kind is Kind.HTTP and row.result is not None:
        return f"status {json.loads(row.result)['statusCode']}"
    return short(row.result)


def _more(row: Row, *, whole: bool) -> Payload | None:
    """The whole outcome, where one line does not hold it."""
    if row.failure is not None:
        text = row.failure.strip()
        return None if text == _outcome(row) else cut(text, whole=whole)
    if row.result is None or (row.kind is not Kind.HTTP and fits(row.result)):
        return None
    return cut(plain(row.result), whole=whole)


def _hints(instance: Instance, timeline: Timeline | None, now: datetime) -> Iterator[Hint]:
    if timeline is None:
        yield Hint("its first turn; it has not run yet")
        return
    if instance.status is Status.SUSPENDED:
        yield Hint("being resumed; what happens meanwhile is kept for it")
    found = [_hint(step, now) for step in timeline.steps if step.open and _can_end(step.last)]
    yield from found
    for name in timeline.awaited_events:
        yield Hint("the external event", name)
    if not found and not timeline.awaited_events and instance.status is not Status.SUSPENDED:
        yield Hint("its orchestrator function, which runs now")


def _can_end(row: Row) -> bool:
    return row.kind is not Kind.CONTROL


def _hint(step: Step, now: datetime) -> Hint:
    row = step.last
    if step.pause is not None and step.pause.due is not None:
        attempt = len(step.rows) + 1
        return Hint(f"attempt {attempt}, due {_when(step.pause.due, now)}, of", row.name)
    if row.due is not None:
        return Hint(f"a timer due {_when(row.due, now)}")
    since = f", for {duration(now - row.start)} now"
    return Hint(f"the {row.kind}{since}", row.name, row.child, row.entity)


def _when(due: datetime, now: datetime) -> str:
    distance = f"in {duration(due - now)}" if due > now else "any moment"
    return f"{stamp(due)} UTC ({distance})"


def _raw(history: Sequence[Event]) -> str:
    named = [{**event, "EventType": _type_name(event)} for event in history]
    return json.dumps(named, indent=2, ensure_ascii=False)


def _type_name(event: Event) -> str:
    try:
        return EventType(event["EventType"]).wire_name
    except ValueError:
        return str(event["EventType"])
