"""Counts the terms of a document that an indexing policy indexes: what a write pays for."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

DEFAULT_POLICY: Final[Mapping[str, Any]] = {
    "indexingMode": "consistent",
    "automatic": True,
    "includedPaths": [{"path": "/*"}],
    "excludedPaths": [{"path": '/"_etag"/?'}],
}


@dataclass(slots=True)
class _Node:
    """One path segment of the policy: what it says of the value here and of all below."""

    children: dict[str, "_Node"] = field(default_factory=dict)
    scalar: bool | None = None
    below: bool | None = None


class Index:
    """The indexed part of a container's documents; the more specific path decides."""

    def __init__(self, policy: Mapping[str, Any]) -> None:
        self._root = _Node()
        self._off = policy.get("indexingMode") == "none"
        for included, paths in ((True, "includedPaths"), (False, "excludedPaths")):
            for entry in policy.get(paths) or ():
                self._add(str(entry["path"]), included=included)

    def _add(self, path: str, *, included: bool) -> None:
        *names, last = path.strip("/").split("/")
        node = self._root
        for name in names:
            node = node.children.setdefault(name.strip('"'), _Node())
        # A path that ends with neither ? nor * is the root, "/": it means all.
        if last == "?":
            node.scalar = included
        else:
            node.below = included

    def terms(self, document: Mapping[str, Any]) -> int:
        """How many index terms *document* has."""
        return 0 if self._off else _count(document, self._root, inherited=False)


_NOTHING: Final = _Node()


def _count(value: Any, node: _Node, *, inherited: bool) -> int:
    included = inherited if node.below is None else node.below
    # Most policies speak of few paths: below them all, only what is there counts.
    if not node.children and node.scalar in (None, included):
        return _scalars(value) if included else 0
    if isinstance(value, dict):
        children = node.children
        return sum(
            _count(item, children.get(name, _NOTHING), inherited=included)
            for name, item in value.items()
        )
    if isinstance(value, list):
        elements = node.children.get("[]", _NOTHING)
        return sum(_count(item, elements, inherited=included) for item in value)
    return int(included if node.scalar is None else node.scalar)


def _scalars(value: Any) -> int:
    if isinstance(value, dict):
        return sum(map(_scalars, value.values()))
    return sum(map(_scalars, value)) if isinstance(value, list) else 1
