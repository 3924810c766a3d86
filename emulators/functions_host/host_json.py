"""Reads ``host.json`` into what this host uses, and refuses what it would silently get wrong."""

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any

from emulators.functions_host import lenient_json
from emulators.functions_host.blob_settings import BlobSettings, read_blob_settings
from emulators.functions_host.durable.settings import DurableSettings, read_durable_settings
from emulators.functions_host.errors import StartError, UnsupportedError
from emulators.functions_host.overrides import overridden
from emulators.functions_host.queue_settings import QueueSettings, read_queue_settings
from emulators.functions_host.retry import RetryPolicy, read_host_policy
from emulators.functions_host.sections import Section, is_count
from emulators.functions_host.throttle import UNLIMITED
from emulators.functions_host.timespans import parse_timespan

DEFAULT_TIMEOUT = timedelta(minutes=30)


@dataclass(frozen=True, slots=True)
class HttpSettings:
    """``extensions.http``."""

    route_prefix: str = "api"
    max_outstanding: int = UNLIMITED
    max_concurrent: int = UNLIMITED
    custom_headers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class HostSettings:
    """Everything host.json decides here.

    *timeout* None means unlimited; *functions* are the only ones to load, None means all.
    """

    timeout: timedelta | None = DEFAULT_TIMEOUT
    retry: RetryPolicy | None = None
    http: HttpSettings = field(default_factory=HttpSettings)
    durable: DurableSettings = field(default_factory=DurableSettings)
    queues: QueueSettings = field(default_factory=QueueSettings)
    blobs: BlobSettings = field(default_factory=BlobSettings)
    log_levels: Mapping[str, str] = field(default_factory=dict)
    functions: Sequence[str] | None = None


def read_host_json(directory: Path) -> HostSettings:
    """Read and check *directory*'s host.json, with what app settings override in it.

    Raises:
        StartError: the real host would not start with it.
    """
    try:
        root = lenient_json.loads((directory / "host.json").read_text(encoding="utf-8-sig"))
    except FileNotFoundError as error:
        raise StartError(f"there is no host.json in {directory}") from error
    except ValueError as error:
        raise StartError(f"host.json is not valid JSON: {error}") from error
    if not isinstance(root, dict) or root.get("version") != "2.0":
        raise StartError('host.json: version must be "2.0"')
    return _read_root(Section(overridden(root, os.environ)))


def _read_root(root: Section) -> HostSettings:
    _check_bundle(root)
    extensions = root.section("extensions")
    return HostSettings(
        timeout=_read_timeout(root.get("functionTimeout")),
        retry=read_host_policy(root.section("retry")) if "retry" in root else None,
        http=_read_http(extensions.section("http")),
        durable=read_durable_settings(extensions.section("durableTask")),
        queues=read_queue_settings(extensions.section("queues")),
        blobs=read_blob_settings(extensions.section("blobs")),
        log_levels=root.section("logging").section("logLevel"),
        functions=_read_functions(root.get("functions")),
    )


def _read_functions(names: Any) -> Sequence[str] | None:
    if names is None:
        return None
    if not isinstance(names, list) or not all(isinstance(name, str) for name in names):
        raise StartError("host.json: functions must be a list of names")
    return [name.lower() for name in names]


def _check_bundle(root: Section) -> None:
    if "extensionBundle" in root:
        bundle = root.section("extensionBundle")
        for name in ("id", "version"):
            if not isinstance(bundle.get(name), str):
                raise StartError(f"host.json: extensionBundle.{name} is required")


def _read_timeout(text: Any) -> timedelta | None:
    if text is None:
        return DEFAULT_TIMEOUT
    if text == "-1":
        return None
    try:
        timeout = parse_timespan(str(text))
    except ValueError as error:
        raise StartError(f"host.json: functionTimeout: {error}") from error
    if timeout < timedelta(seconds=1):
        raise StartError("host.json: functionTimeout must be at least 00:00:01, or -1")
    return timeout


def _read_http(section: Section) -> HttpSettings:
    if section.get("dynamicThrottlesEnabled", False):
        raise UnsupportedError("extensions.http.dynamicThrottlesEnabled in host.json")
    prefix = section.get("routePrefix", "api")
    if not isinstance(prefix, str):
        raise StartError("host.json: extensions.http.routePrefix must be a string")
    return HttpSettings(
        route_prefix=prefix.strip("/"),
        max_outstanding=_request_limit(section, "maxOutstandingRequests"),
        max_concurrent=_request_limit(section, "maxConcurrentRequests"),
        custom_headers=section.section("customHeaders"),
    )


def _request_limit(section: Section, name: str) -> int:
    value = section.get(name, UNLIMITED)
    if not is_count(value) and value != UNLIMITED:
        raise StartError(f"host.json: extensions.http.{name} must be positive, or -1")
    return int(value)
