"""Request units, after the published table and formulas (Session consistency).

Source: learn.microsoft.com/azure/cosmos-db/understand-request-unit-consumption. What that page
leaves open is estimated and says so.
"""

from bisect import bisect_left
from typing import Final

_KILOBYTES: Final = (1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1024, 2048)
_READ: Final = (1.0, 1.04, 1.14, 1.33, 1.67, 2.19, 4.76, 9.95, 20.28, 40.95, 145.90, 291.8)
_WRITE: Final = (4.95, 6.29, 6.67, 7.04, 9.52, 11.23, 22.67, 48.19, 98.29, 184.57, 625.0, 1250.0)
_PER_TERM: Final = 0.2

CONTROL: Final = 2.0
NOT_MODIFIED: Final = 1.0
_QUERY_BASE: Final = 2.3  # estimated
_QUERY_PER_DOCUMENT: Final = 0.05  # estimated: loading a document that an index did not answer
_QUERY_PER_KILOBYTE: Final = 0.1  # estimated


def _interpolated(table: tuple[float, ...], size: int) -> float:
    kilobytes = size / 1024
    if kilobytes <= 1:
        return table[0]
    upper = min(bisect_left(_KILOBYTES, kilobytes), len(table) - 1)
    low, high = _KILOBYTES[upper - 1], _KILOBYTES[upper]
    slope = (table[upper] - table[upper - 1]) / (high - low)
    return table[upper - 1] + slope * (kilobytes - low)


def read(size: int) -> float:
    """A point read of an item of *size* bytes."""
    return _interpolated(_READ, size)


def create(size: int, terms: int) -> float:
    """Writing a new item, or removing one, that has so many index terms."""
    return _interpolated(_WRITE, size) + _PER_TERM * terms


delete = create


def replace(size: int, modified_terms: int) -> float:
    """Writing a new version of an item, of which so many index terms changed."""
    return 2 * _interpolated(_WRITE, size) + 2 * _PER_TERM * modified_terms


def query(scanned: int, returned_bytes: int) -> float:
    """One page of a query."""
    return _QUERY_BASE + _QUERY_PER_DOCUMENT * scanned + _QUERY_PER_KILOBYTE * returned_bytes / 1024
