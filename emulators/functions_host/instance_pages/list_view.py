"""What the list shows."""

import sqlite3
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final

from emulators.functions_host.durable import queries
from emulators.functions_host.durable.clock import utc_now
from emulators.functions_host.durable.events import read_time
from emulators.functions_host.durable.records import ACTIVE, Instance, Status
from emulators.functions_host.instance_pages.paging import Page, turn_to
from emulators.functions_host.instance_pages.question import Question, place_text, read_place
from emulators.pages.formats import short

_RARE: Final = frozenset({Status.CANCELED, Status.CONTINUED_AS_NEW})


@dataclass(frozen=True, slots=True)
class InstanceRow:
    """One line of the list."""

    instance_id: str
    name: str
    status: Status
    created: datetime
    updated: datetime
    length: timedelta
    note: str


@dataclass(frozen=True, slots=True)
class Listing:
    """One page of the list; *following* and *preceding* are query strings of its neighbours."""

    rows: tuple[InstanceRow, ...] = ()
    preceding: str | None = None
    following: str | None = None


@dataclass(frozen=True, slots=True)
class Counts:
    """How many instances there are: of each status whatever statuses are asked for, and so on."""

    by_status: Mapping[Status, int]
    names: tuple[str, ...]
    total: int
    matching: int
    finished: int


def age(instance: Instance, now: datetime) -> timedelta:
    """How long it took, or has taken so far."""
    end = now if instance.active else read_time(instance.updated)
    return end - read_time(instance.created)


def list_page(connection: sqlite3.Connection, question: Question) -> Listing:
    """The page *question* is at."""
    wanted = question.filter()

    def look(place: str, *, back: bool, top: int) -> list[Instance]:
        return queries.by_creation(
            connection,
            wanted,
            beyond=read_place(place),
            newest_first=question.newest_first is not back,
            top=top,
        )

    return _listing(turn_to(look, before=question.before, after=question.after), question)


def _listing(page: Page[Instance], question: Question) -> Listing:
    if not page.rows:
        return Listing()
    now = utc_now()
    first, last = place_text(page.rows[0]), place_text(page.rows[-1])
    return Listing(
        tuple(_row(instance, now) for instance in page.rows),
        question.parameters(before=first, after="") if page.before else None,
        question.parameters(after=last, before="") if page.after else None,
    )


def _row(instance: Instance, now: datetime) -> InstanceRow:
    return InstanceRow(
        instance.instance_id,
        instance.name,
        instance.status,
        read_time(instance.created),
        read_time(instance.updated),
        age(instance, now),
        short(instance.custom_status),
    )


def count(connection: sqlite3.Connection, question: Question) -> Counts:
    """All counts of the page, from one query."""
    wanted = question.filter()
    # Neither filters the query, so that one answer offers every name and every status.
    everything = replace(wanted, statuses=frozenset(), name="")
    groups = queries.count_by_name_and_status(connection, everything)
    named: Counter[Status] = Counter()
    for (name, status), number in groups.items():
        if wanted.name in ("", name):
            named[status] += number
    matching = {
        status: number
        for status, number in named.items()
        if not wanted.statuses or status in wanted.statuses
    }
    shown = [status for status in Status if named[status] or status not in _RARE]
    names = {name for name, _ in groups} | ({wanted.name} - {""})
    return Counts(
        by_status={status: named[status] for status in shown},
        names=tuple(sorted(names)),
        total=named.total(),
        matching=sum(matching.values()),
        finished=sum(number for status, number in matching.items() if status not in ACTIVE),
    )
