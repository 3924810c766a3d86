"""A deployment as plain Bicep: conditions decided, variables, parameters and loops resolved.

checkov looks into neither variables nor conditions, and leaves out files with constructs that its
parser does not know.
"""

from collections.abc import Iterable, Mapping
from typing import Any

from tests.infra.bicep.deployment import Resource

_LINKS = {"parent", "scope", "dependsOn"}


def resolved(resources: Iterable[Resource]) -> str:
    """One file with all of *resources*, of which the one at index n is called ``rn``."""
    return "\n".join(_resource(f"r{n}", resource) for n, resource in enumerate(resources))


def _resource(symbol: str, resource: Resource) -> str:
    body = {key: value for key, value in resource.body.items() if key not in _LINKS}
    what = f"{resource.type}@{resource.version}"
    return f"resource {symbol} '{what}' = {_literal({**body, 'name': resource.name}, '')}\n"


def _literal(value: Any, indent: str) -> str:
    deeper = indent + "  "
    if isinstance(value, Mapping):
        rows = "".join(f"{deeper}{_key(k)}: {_literal(v, deeper)}\n" for k, v in value.items())
        return f"{{\n{rows}{indent}}}" if rows else "{}"
    if isinstance(value, list):
        rows = "".join(f"{deeper}{_literal(item, deeper)}\n" for item in value)
        return f"[\n{rows}{indent}]" if rows else "[]"
    if isinstance(value, str):
        return f"'{_text(value)}'"
    return {True: "true", False: "false", None: "null"}.get(value) or str(value)


def _key(name: str) -> str:
    return name if name.isidentifier() else f"'{_text(name)}'"


def _text(value: str) -> str:
    escaped = value.replace("\\", "\\\\").replace("'", "\\'").replace("$", "\\$")
    return escaped.replace("\n", "\\n")
