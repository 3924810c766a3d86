"""Counts the terms of a document that an indexing policy indexes: what a write pays for."""

from collections.abc import Iterator, Mapping
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


def _count(value: Any, node: _Node, *, inherited: bool) -> int:
    included = inherited if node.below is None else node.below
    if not isinstance(value, (dict, list)):
        return int(included if node.scalar is None else node.scalar)
    count, unnamed = 0, []
    for name, item in value.items() if isinstance(value, dict) else _elements(value):
        if name in node.children:
            count += _count(item, node.children[name], inherited=included)
        else:
            unnamed.append(item)
    return count + (_scalars(unnamed) if included else 0)


def _elements(values: list[Any]) -> Iterator[tuple[str, Any]]:
    return (("[]", value) for value in values)


def _scalars(values: list[Any]) -> int:
    """How many values there are, at any depth, that contain no others."""
    count, waiting = 0, [*values]
    for value in waiting:
        if isinstance(value, dict):
            waiting.extend(value.values())
        elif isinstance(value, list):
            waiting.extend(value)
        else:
            count += 1
    return count
