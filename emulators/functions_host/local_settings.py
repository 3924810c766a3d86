"""``local.settings.json`` and the ``%NAME%`` references that app settings resolve."""

import json
import os
import re
from pathlib import Path

from emulators.functions_host.errors import StartError

_REFERENCE = re.compile(r"%([^%]+)%")


def apply_local_settings(directory: Path) -> None:
    """Put ``Values`` of *directory*'s local.settings.json, if there is one, in the environment.

    What the environment has already wins, as with Core Tools.

    Raises:
        StartError: the file is not what Core Tools would accept.
    """
    path = directory / "local.settings.json"
    if not path.is_file():
        return
    try:
        settings = json.loads(path.read_text(encoding="utf-8-sig"))
    except ValueError as error:
        raise StartError(f"local.settings.json is not valid JSON: {error}") from error
    values = settings.get("Values", {}) if isinstance(settings, dict) else None
    if not isinstance(values, dict):
        raise StartError("local.settings.json: Values must be an object")
    for name, value in values.items():
        if not isinstance(value, str):
            raise StartError(f"local.settings.json: Values.{name} must be a string")
        os.environ.setdefault(name, value)


def resolve_percent(text: str) -> str:
    """Replace each ``%NAME%`` by the setting NAME.

    Raises:
        StartError: there is no such setting.
    """

    def value(match: re.Match[str]) -> str:
        name = match[1]
        if name not in os.environ:
            raise StartError(f"'%{name}%' does not resolve to a value: set {name}")
        return os.environ[name]

    return _REFERENCE.sub(value, text)
