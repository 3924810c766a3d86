"""Filters as the configuration file has them, checked against the rules and limits of the service.

Source: https://learn.microsoft.com/azure/event-grid/event-filtering
"""

from typing import Any, Final, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator
from pydantic.alias_generators import to_camel

from emulators.event_grid.schemas import CLOUD_EVENTS, EVENT_GRID

MAX_FILTERS: Final = 25
MAX_VALUES: Final = 25
MAX_CHARACTERS: Final = 512
# What a key may begin with; Data and what is below it aside.
EVENT_GRID_KEYS: Final = frozenset(
    {"id", "topic", "subject", "eventtype", "eventtime", "dataversion", "metadataversion"}
)
ALL_TYPES: Final = "All"

_NUMBER, _TEXT, _BOOL = "number", "text", "true or false"
_ONE: Final = {
    "NumberLessThan": _NUMBER,
    "NumberGreaterThan": _NUMBER,
    "NumberLessThanOrEquals": _NUMBER,
    "NumberGreaterThanOrEquals": _NUMBER,
    "BoolEquals": _BOOL,
}
_MANY: Final = {
    "NumberIn": _NUMBER,
    "NumberNotIn": _NUMBER,
    "StringContains": _TEXT,
    "StringNotContains": _TEXT,
    "StringBeginsWith": _TEXT,
    "StringNotBeginsWith": _TEXT,
    "StringEndsWith": _TEXT,
    "StringNotEndsWith": _TEXT,
    "StringIn": _TEXT,
    "StringNotIn": _TEXT,
}
_RANGES: Final = ("NumberInRange", "NumberNotInRange")
_NONE: Final = ("IsNullOrUndefined", "IsNotNull")
OPERATORS: Final = (*_ONE, *_MANY, *_RANGES, *_NONE)


class _Part(BaseModel):
    model_config = ConfigDict(alias_generator=to_camel, extra="forbid", frozen=True)


class AdvancedFilter(_Part):
    """A condition on the value that *key* leads to."""

    operator_type: str
    key: str = Field(min_length=1)
    value: Any = None
    values: tuple[Any, ...] | None = None

    @model_validator(mode="after")
    def _operands_fit(self) -> Self:
        operator = self.operator_type
        if operator not in OPERATORS:
            raise ValueError(f"operatorType {operator!r} is none of {', '.join(OPERATORS)}")
        if any(not segment for segment in self.key.split(".")):
            raise ValueError(f"key {self.key!r} has an empty part")
        wants_one, wants_many = operator in _ONE, operator in _MANY or operator in _RANGES
        if (self.value is not None) != wants_one or (self.values is not None) != wants_many:
            wanted = "'value'" if wants_one else "'values'" if wants_many else "no value"
            raise ValueError(f"{operator} takes {wanted}")
        for operand in self.operands:
            self._check(operand)
        return self

    @property
    def operands(self) -> tuple[Any, ...]:
        """What the value is compared with, be it one or many."""
        return (self.value,) if self.value is not None else self.values or ()

    def _check(self, operand: Any) -> None:
        operator = self.operator_type
        if operator in _RANGES:
            fits = isinstance(operand, list | tuple) and len(operand) == 2
            if not fits or not all(map(is_number, operand)) or operand[0] > operand[1]:
                raise ValueError(f"{operator}: {operand!r} is no [lowest, highest]")
            return
        kind = _ONE.get(operator) or _MANY[operator]
        fits = {_NUMBER: is_number(operand), _TEXT: isinstance(operand, str)}.get(
            kind, isinstance(operand, bool)
        )
        if not fits:
            raise ValueError(f"{operator} compares with a {kind}, not {operand!r}")
        if kind == _TEXT and len(operand) > MAX_CHARACTERS:
            raise ValueError(f"{operator}: a text has at most {MAX_CHARACTERS} characters")


def is_number(value: object) -> bool:
    """Whether JSON would call *value* a number."""
    return isinstance(value, int | float) and not isinstance(value, bool)


class Filter(_Part):
    """Which events a subscription gets: those that fit every part."""

    included_event_types: tuple[str, ...] | None = None
    subject_begins_with: str = ""
    subject_ends_with: str = ""
    is_subject_case_sensitive: bool = False
    enable_advanced_filtering_on_arrays: bool = False
    advanced_filters: tuple[AdvancedFilter, ...] = Field((), max_length=MAX_FILTERS)

    @model_validator(mode="after")
    def _within_limits(self) -> Self:
        values = sum(len(one.operands) for one in self.advanced_filters)
        if values > MAX_VALUES:
            raise ValueError(f"advancedFilters have {values} values, and {MAX_VALUES} at most")
        if self.included_event_types == ():
            raise ValueError("includedEventTypes is empty: leave it out to get all types")
        return self


def check_keys(filter_: Filter, input_schema: str, subscription: str) -> None:
    """Refuse filters on what events of *input_schema* never have.

    Raises:
        ValueError: the message names the subscription and the key.
    """
    for one in filter_.advanced_filters:
        first = one.key.split(".")[0].lower()
        if input_schema == EVENT_GRID and first not in EVENT_GRID_KEYS | {"data"}:
            raise ValueError(
                f"subscription {subscription!r}: events of schema {EVENT_GRID} have no {one.key!r}"
            )
    named = filter_.included_event_types or filter_.subject_begins_with or filter_.subject_ends_with
    if named and input_schema not in (EVENT_GRID, CLOUD_EVENTS):
        raise ValueError(
            f"subscription {subscription!r}: without an input mapping, which is not supported,"
            f" events of {input_schema} have no type or subject to filter by"
        )
