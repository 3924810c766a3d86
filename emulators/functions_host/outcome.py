"""What comes back from a user function, encoded, before the host does anything with it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from azure import functions as func
from azure.functions.meta import Datum


@dataclass(frozen=True, slots=True)
class Outcome:
    """The encoded return value and the ``func.Out`` parameters that were set, by name."""

    returned: Datum | None = None
    outputs: Mapping[str, Datum] = field(default_factory=dict)


class OutValue(func.Out[Any]):
    """What a ``func.Out`` parameter receives."""

    def __init__(self) -> None:
        self._value: Any = None

    def set(self, val: Any) -> None:
        self._value = val

    def get(self) -> Any:
        return self._value


def encode_outputs(
    values: Mapping[str, OutValue], converters: Mapping[str, Any]
) -> dict[str, Datum]:
    """The values that were set; None is as good as not set.

    Raises:
        TypeError: a value is of a type its binding does not take.
    """
    encoded = {
        name: encode(converters[name], value)
        for name, out in values.items()
        if (value := out.get()) is not None
    }
    return {name: datum for name, datum in encoded.items() if datum is not None}


def encode(converter: Any, value: Any) -> Datum | None:
    """*value* by the SDK's *converter*.

    Raises:
        TypeError: the converter does not take its type.
    """
    try:
        datum: Datum | None = converter.encode(value, expected_type=None)
    except NotImplementedError:
        raise TypeError(
            f'unable to encode outgoing TypedData: unsupported type "{converter}" for '
            f'Python type "{type(value).__name__}"'
        ) from None
    return datum
