"""Reads ``host.json`` into what this host uses, and refuses what it would silently get wrong."""

import json
import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any

from emulators.functions_host.blob_settings import BlobSettings, read_blob_settings
from emulators.functions_host.errors import StartError, UnsupportedError
from emulators.functions_host.local_settings import resolve_percent
from emulators.functions_host.queue_settings import QueueSettings, read_queue_settings
from emulators.functions_host.retry import RetryPolicy, read_host_policy
from emulators.functions_host.sections import Section
from emulators.functions_host.throttle import UNLIMITED
from emulators.functions_host.timespans import parse_timespan

DEFAULT_TIMEOUT = timedelta(minutes=30)
_PER_CORE = 10
_ANY_STATE, _NON_RUNNING = "AnyState", "NonRunningStates"


@dataclass(frozen=True, slots=True)
class HttpSettings:
    """``extensions.http``."""

    route_prefix: str = "api"
    max_outstanding: int = UNLIMITED
    max_concurrent: int = UNLIMITED
    custom_headers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class DurableSettings:
    """``extensions.durableTask``."""

    hub_name: str = "TestHubName"
    max_activities: int = _PER_CORE
    max_orchestrators: int = _PER_CORE
    max_actions: int = 100_000
    default_version: str | None = None
    restart_running: bool = False


@dataclass(frozen=True, slots=True)
class HostSettings:
    """Everything host.json decides here. *timeout* None means unlimited."""

    timeout: timedelta | None = DEFAULT_TIMEOUT
    retry: RetryPolicy | None = None
    http: HttpSettings = field(default_factory=HttpSettings)
    durable: DurableSettings = field(default_factory=DurableSettings)
    queues: QueueSettings = field(default_factory=QueueSettings)
    blobs: BlobSettings = field(default_factory=BlobSettings)
    log_levels: Mapping[str, str] = field(default_factory=dict)


def read_host_json(directory: Path) -> HostSettings:
    """Read and check *directory*'s host.json.

    Raises:
        StartError: the real host would not start with it.
    """
    try:
        root = json.loads((directory / "host.json").read_text(encoding="utf-8-sig"))
    except FileNotFoundError as error:
        raise StartError(f"there is no host.json in {directory}") from error
    except ValueError as error:
        raise StartError(f"host.json is not valid JSON: {error}") from error
    if not isinstance(root, dict) or root.get("version") != "2.0":
        raise StartError('host.json: version must be "2.0"')
    return _read_root(Section(root))


def _read_root(root: Section) -> HostSettings:
    _check_bundle(root)
    extensions = root.section("extensions")
    return HostSettings(
        timeout=_read_timeout(root.get("functionTimeout")),
        retry=read_host_policy(root.section("retry")) if "retry" in root else None,
        http=_read_http(extensions.section("http")),
        durable=_read_durable(extensions.section("durableTask")),
        queues=read_queue_settings(extensions.section("queues")),
        blobs=read_blob_settings(extensions.section("blobs")),
        log_levels=root.section("logging").section("logLevel"),
    )


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
    if not _is_count(value) and value != UNLIMITED:
        raise StartError(f"host.json: extensions.http.{name} must be positive, or -1")
    return int(value)


def _read_durable(section: Section) -> DurableSettings:
    if section.get("extendedSessionsEnabled", False):
        raise StartError(
            "host.json: extensions.durableTask.extendedSessionsEnabled is for .NET apps only"
        )
    if section.get("versionMatchStrategy", "CurrentOrOlder").lower() == "strict":
        raise UnsupportedError("extensions.durableTask.versionMatchStrategy Strict")
    states = section.get("overridableExistingInstanceStates", _NON_RUNNING)
    if states not in (_NON_RUNNING, _ANY_STATE):
        raise StartError(
            f"host.json: extensions.durableTask.overridableExistingInstanceStates {states!r} is "
            f"neither {_NON_RUNNING} nor {_ANY_STATE}"
        )
    per_host = _PER_CORE * (os.cpu_count() or 1)
    hub = section.get("hubName", os.environ.get("WEBSITE_SITE_NAME", "TestHubName"))
    return DurableSettings(
        hub_name=_hub_name(resolve_percent(str(hub))),
        max_activities=_count(section, "maxConcurrentActivityFunctions", per_host),
        max_orchestrators=_count(section, "maxConcurrentOrchestratorFunctions", per_host),
        max_actions=_count(section, "maxOrchestrationActions", 100_000),
        default_version=section.get("defaultVersion"),
        restart_running=states == _ANY_STATE,
    )


def _hub_name(name: str) -> str:
    # The rule of Azure Storage, which names tables and queues after the hub.
    if not (name.isascii() and name.isalnum() and name[0].isalpha() and 3 <= len(name) <= 45):
        raise StartError(
            f"host.json: extensions.durableTask.hubName {name!r} must be 3 to 45 letters and "
            "digits, a letter first"
        )
    return name


def _count(section: Section, name: str, default: int) -> int:
    value = section.get(name, default)
    if not _is_count(value):
        raise StartError(f"host.json: extensions.durableTask.{name} must be a positive number")
    return int(value)


def _is_count(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and value > 0
