"""Built-in functions: dates and times, in the service's round-trip format of seven decimals.

Moments are kept to the microsecond; the seventh decimal is always 0.
"""

import calendar
from datetime import UTC, datetime, timedelta
from typing import Final

from emulators.cosmos.sql.registry import anything, built_in, number, string
from emulators.cosmos.sql.values import UNDEFINED, Value, is_number

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_MONTHS: Final = {"year": 12, "yyyy": 12, "yy": 12, "month": 1, "mm": 1, "m": 1}
_UNITS: Final = {
    "day": timedelta(days=1),
    "dd": timedelta(days=1),
    "d": timedelta(days=1),
    "hour": timedelta(hours=1),
    "hh": timedelta(hours=1),
    "minute": timedelta(minutes=1),
    "mi": timedelta(minutes=1),
    "n": timedelta(minutes=1),
    "second": timedelta(seconds=1),
    "ss": timedelta(seconds=1),
    "s": timedelta(seconds=1),
    "millisecond": timedelta(milliseconds=1),
    "ms": timedelta(milliseconds=1),
    "microsecond": timedelta(microseconds=1),
    "mcs": timedelta(microseconds=1),
}


def _milliseconds(moment: datetime) -> int:
    return (moment - _EPOCH) // timedelta(milliseconds=1)


def _ticks(moment: datetime) -> int:
    """Units of 100 nanoseconds since 1970."""
    return (moment - _EPOCH) // timedelta(microseconds=1) * 10


def _written(moment: datetime) -> str:
    return f"{moment.year:04d}-{moment:%m-%dT%H:%M:%S}.{moment.microsecond:06d}0Z"


def _read(text: str) -> datetime | None:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return None
    return moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC)


for _suffix in ("", "STATIC"):
    built_in(f"GETCURRENTDATETIME{_suffix}")(lambda: _written(datetime.now(UTC)))
    built_in(f"GETCURRENTTIMESTAMP{_suffix}")(lambda: _milliseconds(datetime.now(UTC)))
    built_in(f"GETCURRENTTICKS{_suffix}")(lambda: _ticks(datetime.now(UTC)))


@built_in("DATETIMETOTIMESTAMP", string)
def _to_timestamp(text: str) -> Value:
    moment = _read(text)
    return _milliseconds(moment) if moment else UNDEFINED


@built_in("DATETIMETOTICKS", string)
def _to_ticks(text: str) -> Value:
    moment = _read(text)
    return _ticks(moment) if moment else UNDEFINED


@built_in("TIMESTAMPTODATETIME", number)
def _from_timestamp(milliseconds: float) -> Value:
    return _written(_EPOCH + timedelta(milliseconds=milliseconds))


@built_in("TICKSTODATETIME", number)
def _from_ticks(ticks: float) -> Value:
    return _written(_EPOCH + timedelta(microseconds=int(ticks) // 10))


@built_in("DATETIMEADD", string, number, string)
def _add(unit: str, count: float, text: str) -> Value:
    moment = _read(text)
    if moment is None:
        return UNDEFINED
    if unit.lower() in _MONTHS:
        return _months_later(moment, int(count) * _MONTHS[unit.lower()])
    step = _UNITS.get(unit.lower())
    return UNDEFINED if step is None else _written(moment + int(count) * step)


def _months_later(moment: datetime, months: int) -> Value:
    year, month = divmod(moment.year * 12 + moment.month - 1 + months, 12)
    if not 1 <= year <= 9999:
        return UNDEFINED
    # The 31st of a month that has none is its last day.
    day = min(moment.day, calendar.monthrange(year, month + 1)[1])
    return _written(moment.replace(year=year, month=month + 1, day=day))


@built_in("DATETIMEDIFF", string, string, string)
def _difference(unit: str, start: str, end: str) -> Value:
    first, last = _read(start), _read(end)
    if first is None or last is None:
        return UNDEFINED
    # Counts the boundaries crossed, not the time that passed.
    if unit.lower() in _MONTHS:
        size = _MONTHS[unit.lower()]
        return _month_number(last) // size - _month_number(first) // size
    step = _UNITS.get(unit.lower())
    return UNDEFINED if step is None else (last - _EPOCH) // step - (first - _EPOCH) // step


def _month_number(moment: datetime) -> int:
    return moment.year * 12 + moment.month - 1


@built_in("DATETIMEPART", string, string)
def _part(unit: str, text: str) -> Value:
    moment, name = _read(text), unit.lower()
    if moment is None:
        return UNDEFINED
    if name in _MONTHS:
        return moment.year if _MONTHS[name] > 1 else moment.month
    if name in {"weekday", "dw", "w"}:
        return moment.isoweekday() % 7 + 1  # Sunday is the first
    if name in {"nanosecond", "ns"}:
        return moment.microsecond * 1000
    return _part_below_a_month(name, moment)


def _part_below_a_month(name: str, moment: datetime) -> Value:
    step = _UNITS.get(name)
    if step is None:
        return UNDEFINED
    if step == timedelta(days=1):
        return moment.day
    second = timedelta(seconds=1)
    whole = {3600: 24, 60: 60, 1: 60}
    if step < second:
        return timedelta(microseconds=moment.microsecond) // step
    return (moment - _EPOCH) // step % whole[step // second]


@built_in("DATETIMEBIN", string, string, number, string, optional=2)
def _bin(text: str, unit: str, size: float = 1, origin: str = "1970-01-01T00:00:00Z") -> Value:
    moment, step, start = _read(text), _UNITS.get(unit.lower()), _read(origin)
    if moment is None or step is None or start is None or int(size) < 1:
        return UNDEFINED
    width = int(size) * step
    return _written(start + (moment - start) // width * width)


@built_in("DATETIMEFROMPARTS", number, number, number, rest=anything)
def _from_parts(year: int, month: int, day: int, *time: Value) -> Value:
    clock = [*time, 0, 0, 0, 0][:4]
    if len(time) > 4 or not all(map(is_number, clock)):
        return UNDEFINED
    hour, minute, second, ticks = clock
    try:
        return _written(
            datetime(year, month, day, hour, minute, second, int(ticks) // 10, tzinfo=UTC)
        )
    except (ValueError, TypeError):
        return UNDEFINED
