"""Whether an event fits a filter."""

from collections.abc import Callable, Mapping
from typing import Any, Final

from emulators.event_grid.events import Event
from emulators.event_grid.filter_config import ALL_TYPES, AdvancedFilter, Filter, is_number

Test = Callable[[Any, Any], bool]
_MISSING: Final = object()


def _text(test: Callable[[str, str], bool]) -> Test:
    def compare(value: Any, operand: Any) -> bool:
        return test(value.lower(), operand.lower())

    return compare


# A value fits when the test holds for it and one of the operands.
_POSITIVE: Final[Mapping[str, Test]] = {
    "NumberIn": lambda value, operand: bool(value == operand),
    "NumberLessThan": lambda value, operand: bool(value < operand),
    "NumberGreaterThan": lambda value, operand: bool(value > operand),
    "NumberLessThanOrEquals": lambda value, operand: bool(value <= operand),
    "NumberGreaterThanOrEquals": lambda value, operand: bool(value >= operand),
    "NumberInRange": lambda value, operand: bool(operand[0] <= value <= operand[1]),
    "BoolEquals": lambda value, operand: value is operand,
    "StringContains": _text(lambda value, operand: operand in value),
    "StringBeginsWith": _text(str.startswith),
    "StringEndsWith": _text(str.endswith),
    "StringIn": _text(lambda value, operand: value == operand),
}
# A value fits when the test holds for it and none of the operands.
_NEGATIVE: Final[Mapping[str, str]] = {
    name.replace("String", "StringNot").replace("Number", "NumberNot"): name
    for name in ("NumberIn", "NumberInRange", *(n for n in _POSITIVE if n.startswith("String")))
}
# Of the negative ones, only these fit an event that lacks the value.
_FIT_NOTHING: Final = frozenset({"NumberNotIn", "StringNotIn"})


def matches(filter_: Filter, event: Event) -> bool:
    """Whether *event* fits every part of *filter_*."""
    if not _type_fits(filter_, event.type) or not _subject_fits(filter_, event.subject):
        return False
    return all(
        fits(one, event, on_arrays=filter_.enable_advanced_filtering_on_arrays)
        for one in filter_.advanced_filters
    )


def _type_fits(filter_: Filter, event_type: str) -> bool:
    types = filter_.included_event_types
    if not types or ALL_TYPES in types:
        return True
    return event_type.lower() in (name.lower() for name in types)


def _subject_fits(filter_: Filter, subject: str) -> bool:
    begin, end = filter_.subject_begins_with, filter_.subject_ends_with
    if not filter_.is_subject_case_sensitive:
        subject, begin, end = subject.lower(), begin.lower(), end.lower()
    return subject.startswith(begin) and subject.endswith(end)


def fits(condition: AdvancedFilter, event: Event, *, on_arrays: bool) -> bool:
    """Whether *event* fulfils *condition*; arrays count only with *on_arrays*."""
    operator = condition.operator_type
    value = _value_at(event, condition.key)
    if operator == "IsNullOrUndefined":
        return value is _MISSING
    if operator == "IsNotNull":
        return value is not _MISSING
    values = value if on_arrays and isinstance(value, list) else [value]
    # What is of another type than the operator's is as good as not there.
    comparable = [one for one in values if _comparable(operator, one)]
    if not comparable:
        return operator in _FIT_NOTHING
    test = _POSITIVE[_NEGATIVE.get(operator, operator)]
    found = any(test(one, operand) for one in comparable for operand in condition.operands)
    return not found if operator in _NEGATIVE else found


def _comparable(operator: str, value: Any) -> bool:
    if operator.startswith("Number"):
        return is_number(value)
    return isinstance(value, bool if operator == "BoolEquals" else str)


def _value_at(event: Event, key: str) -> Any:
    """What *key* leads to; a null is as good as nothing."""
    first, *rest = key.split(".")
    # Names of the envelope ignore case, as SDKs and docs write them differently.
    value: Any = event.attributes.get(first.lower(), _MISSING)
    for name in rest:
        if not isinstance(value, dict) or name not in value:
            return _MISSING
        value = value[name]
    return _MISSING if value is None else value
