"""Partition keys: in a header, in a document, and as one text."""

import json
import re
from collections.abc import Sequence
from functools import lru_cache
from typing import Any, Final

from emulators.cosmos.documents import Document, parse, size_of, write
from emulators.cosmos.errors import BadRequest, PartitionKeyMismatch

MAX_BYTES: Final = 2048
Path = tuple[str, ...]
_NAME: Final = re.compile(r"""/("[^"]+"|'[^']+'|[^/"'][^/]*)""")
_PATH: Final = re.compile(rf"(?:{_NAME.pattern})+")

# How a header writes the key of a document that lacks the property.
ABSENT: Final[dict[str, Any]] = {}


def parse_path(path: str) -> Path:
    """``/a/"b/c"`` as ``("a", "b/c")``.

    Raises:
        BadRequest: it is no path.
    """
    if not _PATH.fullmatch(path):
        raise BadRequest(f"The path {path!r} is not valid.")
    return tuple(part[1:-1] if part[0] in "'\"" else part for part in _NAME.findall(path))


def value_at(document: Any, path: Path) -> Any:
    """The value at *path*, or ABSENT."""
    value = document
    for name in path:
        if not isinstance(value, dict) or name not in value:
            return ABSENT
        value = value[name]
    return value


@lru_cache(maxsize=8192)
def key_from_header(header: str, components: int) -> str:
    """The canonical text of the key in ``x-ms-documentdb-partitionkey``.

    Raises:
        PartitionKeyMismatch: it has another number of components than the container's key.
        BadRequest: it is no partition key.
    """
    values = parse(header)
    if not isinstance(values, list):
        raise BadRequest("The partition key header must be a JSON array.")
    if len(values) != components:
        raise PartitionKeyMismatch
    return canonical_key(values)


def key_of(document: Document, paths: Sequence[Path]) -> str:
    """The canonical text of the document's own key; an array or an object counts as absent.

    Raises:
        BadRequest: it is too long.
    """
    values = (value_at(document, path) for path in paths)
    return canonical_key([ABSENT if isinstance(v, (dict, list)) else v for v in values])


def canonical_key(values: list[Any]) -> str:
    """One text per key: ``1`` and ``1.0`` are one, ``1`` and ``"1"`` are two.

    Raises:
        BadRequest: a component is no primitive, or the key is too long.
    """
    text = write([_component(value) for value in values])
    if size_of(text) > MAX_BYTES:
        raise BadRequest(f"The partition key is longer than {MAX_BYTES} bytes.")
    return text


def _component(value: Any) -> Any:
    if isinstance(value, list) or (isinstance(value, dict) and value):
        raise BadRequest("A partition key must be a string, a number, a boolean or null.")
    return int(value) if isinstance(value, float) and value.is_integer() else value


def components_of(key: str) -> list[Any]:
    """The values of a canonical key."""
    values: list[Any] = json.loads(key)
    return values
