"""App settings that override host.json: ``AzureFunctionsJobHost__extensions__http__routePrefix``.

The double underscore stands for the colon of .NET's configuration, which ignores case
(https://learn.microsoft.com/azure/azure-functions/functions-host-json#override-hostjson-values).
"""

import json
from collections.abc import Mapping
from typing import Any

_PREFIX = "azurefunctionsjobhost__"
# Configuration is text; these stay text even if they look like a number.
_TEXTS = frozenset({"version", "functiontimeout", "hubname", "defaultversion", "routeprefix"})


def overridden(root: Mapping[str, Any], environment: Mapping[str, str]) -> dict[str, Any]:
    """*root* of host.json with what *environment* says instead; neither is changed."""
    result = json.loads(json.dumps(root))
    for name, text in sorted(environment.items()):
        if name.lower().startswith(_PREFIX):
            _set(result, name[len(_PREFIX) :].split("__"), text)
    return dict(result)


def _set(section: dict[str, Any], path: list[str], text: str) -> None:
    key = next((known for known in section if known.lower() == path[0].lower()), path[0])
    if len(path) == 1:
        section[key] = text if key.lower() in _TEXTS else _value(text)
        return
    if not isinstance(section.get(key), dict):
        section[key] = {}
    _set(section[key], path[1:], text)


def _value(text: str) -> Any:
    """A number or a truth value where *text* is one, as .NET's binder reads it."""
    if text.lower() in ("true", "false"):
        return text.lower() == "true"
    try:
        return int(text)
    except ValueError:
        return text
