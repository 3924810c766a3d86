"""``expand[]``: whole objects in place of their ids (https://docs.stripe.com/api/expanding_objects)."""

from collections.abc import Callable, Iterable, Mapping
from typing import Any

Wire = dict[str, Any]
Load = Callable[[str], Wire | None]


class Expansion:
    """Puts objects where an answer has ids; *loaders* finds them by the name of their member."""

    def __init__(self, loaders: Mapping[str, Load]) -> None:
        self._loaders = loaders

    def expand(self, wire: Wire, paths: Iterable[str]) -> Wire:
        """*wire* with the members at *paths* (``latest_charge``, ``data.charge``) expanded."""
        for path in paths:
            listed, _, member = path.rpartition(".")
            for item in wire["data"] if listed else [wire]:
                self._expand_member(item, member)
        return wire

    def _expand_member(self, item: Wire, member: str) -> None:
        identifier = item.get(member)
        if isinstance(identifier, str):
            item[member] = self._loaders[member](identifier) or identifier
