"""Which of a container's items are meant, in the terms of the hash space."""

from dataclasses import dataclass
from typing import Final

_HASH_DIGITS: Final = 32
_HASH_SPACE: Final = 1 << 126
_NARROW_SHARE: Final = 1000


@dataclass(frozen=True, slots=True)
class Extent:
    """Part of a container: an interval of effective partition keys, or the one where it starts."""

    start: str = ""
    end: str = "FF"
    pk: str | None = None

    @property
    def is_everything(self) -> bool:
        return (self.start, self.end, self.pk) == ("", "FF", None)

    @property
    def is_narrow(self) -> bool:
        """Whether it holds so little of a container that its own items are soon sorted."""
        width = _place(self.end) - _place(self.start)
        return self.pk is not None or width < _HASH_SPACE // _NARROW_SHARE

    def condition(self) -> tuple[str, tuple[str, ...]]:
        """The SQL that keeps other items out, and its values.

        The plus keeps SQLite from a choice that the extent makes by itself: an index of its own.
        """
        if self.is_everything:
            return "", ()
        column = "epk" if self.is_narrow else "+epk"
        if self.pk is not None:
            return f" AND {column} = ? AND pk = ?", (self.start, self.pk)
        # A client that means one partition sends an empty interval: its key, and its key again.
        if self.start == self.end:
            return f" AND {column} = ?", (self.start,)
        return f" AND {column} >= ? AND {column} < ?", (self.start, self.end)


def _place(key: str) -> int:
    return int(key[:_HASH_DIGITS].ljust(_HASH_DIGITS, "0"), 16)
