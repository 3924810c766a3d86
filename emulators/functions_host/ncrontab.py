"""Schedules of timer triggers: NCRONTAB expressions and plain intervals.

``{second} {minute} {hour} {day} {month} {day of week}``; with five fields the second is 0. All
fields have to fit, day and day of week too (NCrontab, unlike cron, never takes either of them).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

from emulators.functions_host.timespans import parse_timespan

_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_DAYS = ("sun", "mon", "tue", "wed", "thu", "fri", "sat")
# 29 February on a given day of the week comes around within 40 years.
_SEARCH = timedelta(days=366 * 40)


class Schedule(Protocol):
    """When something is due, in naive local time."""

    def next_after(self, moment: datetime) -> datetime:
        """The first time after *moment*."""
        ...


@dataclass(frozen=True, slots=True)
class Interval:
    """A fixed pause after every run."""

    pause: timedelta

    def next_after(self, moment: datetime) -> datetime:
        return moment + self.pause


@dataclass(frozen=True, slots=True)
class CronSchedule:
    """The values each field allows."""

    seconds: frozenset[int]
    minutes: frozenset[int]
    hours: frozenset[int]
    days: frozenset[int]
    months: frozenset[int]
    weekdays: frozenset[int]

    def next_after(self, moment: datetime) -> datetime:
        found = self.find_after(moment)
        if found is None:
            raise ValueError("the schedule never fires")
        return found

    def find_after(self, moment: datetime) -> datetime | None:
        """The next time, or nothing if there is none, as with 30 February."""
        candidate = moment.replace(microsecond=0) + timedelta(seconds=1)
        end = candidate + _SEARCH
        while candidate < end:
            later = self._skip(candidate)
            if later == candidate:
                return candidate
            candidate = later
        return None

    def _skip(self, moment: datetime) -> datetime:
        """*moment* if it fits, else the start of the next unit that could."""
        midnight = moment.replace(hour=0, minute=0, second=0)
        if moment.month not in self.months:
            return (midnight.replace(day=1) + timedelta(days=32)).replace(day=1)
        if moment.day not in self.days or moment.isoweekday() % 7 not in self.weekdays:
            return midnight + timedelta(days=1)
        if moment.hour not in self.hours:
            return moment.replace(minute=0, second=0) + timedelta(hours=1)
        if moment.minute not in self.minutes:
            return moment.replace(second=0) + timedelta(minutes=1)
        return moment if moment.second in self.seconds else moment + timedelta(seconds=1)


def parse_schedule(text: str) -> Schedule:
    """Read an NCRONTAB expression, or a time span such as ``00:05:00``.

    Raises:
        ValueError: it is neither, or never comes due.
    """
    fields = text.split()
    if len(fields) == 1:
        pause = parse_timespan(text)
        if pause <= timedelta():
            raise ValueError(f"{text!r} is no interval")
        return Interval(pause)
    if len(fields) == 5:
        fields.insert(0, "0")
    if len(fields) != 6:
        raise ValueError(f"{text!r} has {len(fields)} fields; NCRONTAB has 6")
    schedule = CronSchedule(
        _field(fields[0], 0, 59),
        _field(fields[1], 0, 59),
        _field(fields[2], 0, 23),
        _field(fields[3], 1, 31),
        _field(fields[4], 1, 12, _MONTHS),
        _field(fields[5], 0, 6, _DAYS),
    )
    if schedule.find_after(datetime(2024, 1, 1)) is None:  # noqa: DTZ001  # naive local time
        raise ValueError(f"{text!r} never comes due")
    return schedule


def _field(text: str, low: int, high: int, names: Sequence[str] = ()) -> frozenset[int]:
    return frozenset(value for part in text.split(",") for value in _part(part, low, high, names))


def _part(text: str, low: int, high: int, names: Sequence[str]) -> range:
    """``*``, ``a``, ``a-b``, each also with ``/step``; ``a/step`` runs on to the end."""
    base, slash, step_text = text.partition("/")
    step = int(step_text) if slash else 1
    if step < 1:
        raise ValueError(f"{text!r} has a step below 1")
    first_text, dash, last_text = base.partition("-")
    if base == "*":
        first, last = low, high
    elif dash:
        first, last = (_value(one, low, high, names) for one in (first_text, last_text))
    else:
        first = _value(base, low, high, names)
        last = high if slash else first
    if last < first:
        raise ValueError(f"{text!r} ends before it begins")
    return range(first, last + 1, step)


def _value(text: str, low: int, high: int, names: Sequence[str]) -> int:
    if text[:3].lower() in names:
        return names.index(text[:3].lower()) + low
    value = int(text)
    if not low <= value <= high:
        raise ValueError(f"{value} is not between {low} and {high}")
    return value
