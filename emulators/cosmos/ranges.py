"""The physical ranges a container's partitions are spread over."""

from dataclasses import dataclass
from typing import Any, Final

from emulators.cosmos.epk_v1 import ordered_number
from emulators.cosmos.errors import RangeGone

_MAX_THROUGHPUT_OF_ONE: Final = 10_000
_MAX_THROUGHPUT_OF_TWO: Final = 12_000
_SEVERAL: Final = 5
_WHOLE_V1: Final = 2**32
_WHOLE_V2: Final = 1 << 126  # the two bits above are clear in every hash


@dataclass(frozen=True, slots=True)
class KeyRange:
    """An interval of effective partition keys, *end* excluded."""

    id: str
    start: str
    end: str

    def holds(self, point: str) -> bool:
        """Whether *point* falls into it."""
        return self.start <= point < self.end


def count_for(throughput: int) -> int:
    """How many ranges a container that is created with *throughput* gets.

    One serves 10,000 RU/s; beyond that there are five, as in Microsoft's own emulator, but two up
    to 12,000, as in the service. The SDK's tests rely on either: at 30,000 they want five, at
    12,000 they count the requests of a search to two ranges, and at 11,000 they know an order.
    """
    if throughput <= _MAX_THROUGHPUT_OF_ONE:
        return 1
    return 2 if throughput <= _MAX_THROUGHPUT_OF_TWO else _SEVERAL


def hash_version(partition_key: dict[str, Any]) -> int:
    """The version of the hash that a partition key definition asks for."""
    several = partition_key.get("kind") == "MultiHash"
    return 2 if several or partition_key.get("version") == 2 else 1


def split(count: int, version: int) -> tuple[KeyRange, ...]:
    """*count* ranges of the same size that cover the hash space."""
    inner = [_bound(number, count, version) for number in range(1, count)]
    bounds = ["", *inner, "FF"]
    return tuple(KeyRange(str(at), *bounds[at : at + 2]) for at in range(count))


def _bound(number: int, count: int, version: int) -> str:
    if version == 1:
        return ordered_number(float(_WHOLE_V1 * number // count)).hex().upper()
    # Microsoft's emulator multiplies the width of one range, rounded down.
    return f"{_WHOLE_V2 // count * number:032X}"


def range_named(ranges: tuple[KeyRange, ...], name: str) -> KeyRange:
    """The range of that id.

    Raises:
        RangeGone: there is none.
    """
    for candidate in ranges:
        if candidate.id == name:
            return candidate
    raise RangeGone
