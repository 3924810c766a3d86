"""Values of ``func.Out`` parameters, and how values become data for the host."""

from collections.abc import Mapping
from typing import Any

from azure import functions as func
from azure.functions.meta import Datum


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
    return {
        name: encode(converters[name], value)
        for name, out in values.items()
        if (value := out.get()) is not None
    }


def encode(converter: Any, value: Any) -> Datum:
    """*value* by the SDK's *converter*.

    Raises:
        TypeError: the converter does not take its type.
    """
    try:
        datum: Datum = converter.encode(value, expected_type=None)
    except NotImplementedError:
        raise TypeError(
            f'unable to encode outgoing TypedData: unsupported type "{converter}" for '
            f'Python type "{type(value).__name__}"'
        ) from None
    return datum
