"""``local.settings.json`` and the ``%NAME%`` references that app settings resolve."""

import os
import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from emulators.functions_host import lenient_json
from emulators.functions_host.cors import CorsPolicy
from emulators.functions_host.errors import StartError

_REFERENCE = re.compile(r"%([^%]+)%")


@dataclass(frozen=True, slots=True)
class LocalHost:
    """The ``Host`` section: how Core Tools serves an app on this machine."""

    port: int | None = None
    cors: CorsPolicy = field(default_factory=CorsPolicy)


def apply_local_settings(directory: Path) -> LocalHost:
    """Put ``Values`` of *directory*'s local.settings.json, if there is one, in the environment.

    What the environment has already wins, as with Core Tools. Returns the file's ``Host``.

    Raises:
        StartError: the file is not what Core Tools would accept.
    """
    path = directory / "local.settings.json"
    if not path.is_file():
        return LocalHost()
    try:
        settings = lenient_json.loads(path.read_text(encoding="utf-8-sig"))
    except ValueError as error:
        raise StartError(f"local.settings.json is not valid JSON: {error}") from error
    values = settings.get("Values", {}) if isinstance(settings, dict) else None
    if not isinstance(values, dict):
        raise StartError("local.settings.json: Values must be an object")
    for name, value in values.items():
        if not isinstance(value, str):
            raise StartError(f"local.settings.json: Values.{name} must be a string")
        os.environ.setdefault(name, value)
    return _read_host(settings.get("Host"))


def _read_host(host: Any) -> LocalHost:
    if host is None:
        return LocalHost()
    if not isinstance(host, dict):
        raise StartError("local.settings.json: Host must be an object")
    port = host.get("LocalHttpPort")
    if port is not None and not str(port).isdigit():
        raise StartError(f"local.settings.json: Host.LocalHttpPort {port!r} is no port")
    origins = (one.strip() for one in str(host.get("CORS") or "").split(","))
    credentials = str(host.get("CORSCredentials", "")).lower() == "true"
    cors = CorsPolicy(tuple(filter(None, origins)), credentials)
    return LocalHost(None if port is None else int(port), cors)


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
