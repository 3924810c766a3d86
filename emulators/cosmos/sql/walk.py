"""Syntax trees as trees: every node of one, and one made anew from changed nodes."""

from collections.abc import Callable, Iterator
from dataclasses import fields, is_dataclass, replace
from typing import Any, TypeVar

T = TypeVar("T")


def nodes(root: Any, *, outside: type | None = None) -> Iterator[Any]:
    """All nodes from *root* down; not those within an *outside* node."""
    if isinstance(root, tuple):
        for part in root:
            yield from nodes(part, outside=outside)
    elif is_dataclass(root) and not (outside and isinstance(root, outside)):
        yield root
        for field in fields(root):
            yield from nodes(getattr(root, field.name), outside=outside)


def mapped(root: T, change: Callable[[Any], Any]) -> T:
    """*root* with every node replaced by what *change* makes of it, the innermost first."""
    if isinstance(root, tuple):
        return tuple(mapped(part, change) for part in root)  # type: ignore[return-value]
    if not is_dataclass(root) or isinstance(root, type):
        return root
    parts = {field.name: mapped(getattr(root, field.name), change) for field in fields(root)}
    return change(replace(root, **parts))  # type: ignore[no-any-return]
