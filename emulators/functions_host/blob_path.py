"""Path patterns of blob triggers: ``container/{name}.{ext}``."""

import re
from dataclasses import dataclass

from emulators.functions_host.bindings.expressions import names_in

_PART = re.compile(r"\{\{|\}\}|\{(?P<name>[^{}]+)\}|[^{}]+")
_BRACES = {"{{": "{", "}}": "}"}


@dataclass(frozen=True, slots=True)
class BlobPath:
    """Which blobs of *container* start a function. *prefix* is common to all their names."""

    container: str
    prefix: str
    pattern: re.Pattern[str]

    def match(self, blob: str) -> dict[str, str] | None:
        """The values in the name of *blob*, None if it does not match."""
        found = self.pattern.fullmatch(blob)
        return found.groupdict() if found else None


def parse_blob_path(path: str) -> BlobPath:
    """Read *path*; a container alone stands for all its blobs.

    Raises:
        ValueError: it is no pattern.
    """
    container, _, blob = path.strip("/").partition("/")
    if names_in(container) or not container:
        raise ValueError(f"{path!r} must begin with the name of a container")
    if not blob:
        return BlobPath(container, "", re.compile(r".*", re.DOTALL))
    parts = list(_PART.finditer(blob))
    if "".join(part[0] for part in parts) != blob:
        raise ValueError(f"{path!r} has a brace that is neither doubled nor around a name")
    names = names_in(blob)
    if len(set(names)) != len(names) or not all(name.isidentifier() for name in names):
        raise ValueError(f"{path!r} has a name twice, or one that is no identifier")
    return BlobPath(container, _prefix(parts), re.compile("".join(map(_regex, parts)), re.DOTALL))


def _prefix(parts: list[re.Match[str]]) -> str:
    prefix = ""
    for part in parts:
        if part["name"]:
            break
        prefix += _BRACES.get(part[0], part[0])
    return prefix


def _regex(part: re.Match[str]) -> str:
    # Greedy, as in the real extension: of a.b.txt the name is a.b.
    if part["name"]:
        return f"(?P<{part['name']}>.*)"
    return re.escape(_BRACES.get(part[0], part[0]))
