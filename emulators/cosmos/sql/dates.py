"""Built-in functions: dates and times, in the service's round-trip format of seven decimals."""

from datetime import UTC, datetime, timedelta

from emulators.cosmos.sql.registry import built_in, number, string
from emulators.cosmos.sql.values import UNDEFINED, Value

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_TICKS_AT_EPOCH = 621_355_968_000_000_000
_UNITS = {
    "day": timedelta(days=1),
    "dd": timedelta(days=1),
    "hour": timedelta(hours=1),
    "hh": timedelta(hours=1),
    "minute": timedelta(minutes=1),
    "mi": timedelta(minutes=1),
    "second": timedelta(seconds=1),
    "ss": timedelta(seconds=1),
    "millisecond": timedelta(milliseconds=1),
    "ms": timedelta(milliseconds=1),
}


def _milliseconds(moment: datetime) -> int:
    return (moment - _EPOCH) // timedelta(milliseconds=1)


def _written(moment: datetime) -> str:
    return f"{moment:%Y-%m-%dT%H:%M:%S}.{moment.microsecond:06d}0Z"


def _read(text: str) -> datetime | None:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


built_in("GETCURRENTDATETIME")(lambda: _written(datetime.now(UTC)))
built_in("GETCURRENTTIMESTAMP")(lambda: _milliseconds(datetime.now(UTC)))
built_in("GETCURRENTTICKS")(
    lambda: _TICKS_AT_EPOCH + (datetime.now(UTC) - _EPOCH) // timedelta(microseconds=1) * 10
)


@built_in("DATETIMETOTIMESTAMP", string)
def _to_timestamp(text: str) -> Value:
    moment = _read(text)
    return _milliseconds(moment) if moment else UNDEFINED


@built_in("TIMESTAMPTODATETIME", number)
def _from_timestamp(milliseconds: float) -> Value:
    try:
        return _written(_EPOCH + timedelta(milliseconds=milliseconds))
    except OverflowError:
        return UNDEFINED


@built_in("DATETIMEADD", string, number, string)
def _add(unit: str, count: float, text: str) -> Value:
    step, moment = _UNITS.get(unit.lower()), _read(text)
    if step is None or moment is None:
        return UNDEFINED
    try:
        return _written(moment + int(count) * step)
    except OverflowError:
        return UNDEFINED


@built_in("DATETIMEDIFF", string, string, string)
def _difference(unit: str, start: str, end: str) -> Value:
    step, first, last = _UNITS.get(unit.lower()), _read(start), _read(end)
    if step is None or first is None or last is None:
        return UNDEFINED
    # Counts the boundaries crossed, not the time that passed.
    return (last - _EPOCH) // step - (first - _EPOCH) // step
