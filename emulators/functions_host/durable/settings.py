"""Reads ``extensions.durableTask`` of host.json, and refuses what it would silently get wrong."""

import os
import re
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from emulators.functions_host.errors import StartError, UnsupportedError
from emulators.functions_host.local_settings import resolve_percent
from emulators.functions_host.sections import Section, is_count

_PER_CORE = 10
_ANY_STATE, _NON_RUNNING = "AnyState", "NonRunningStates"
# Backends of the extension bundle; here all are SQLite, but Azure refuses a misspelt one.
AZURE_STORAGE = "AzureStorage"
_PROVIDERS = (AZURE_STORAGE, "azureManaged", "mssql", "Netherite")
# AzureStorageDurabilityProviderFactory.cs: outside of a Consumption plan.
_ENTITY_BATCH = 5000


class VersionMatch(StrEnum):
    """Which instances run under ``defaultVersion`` (``VersioningSettings.cs``)."""

    NONE = "None"
    STRICT = "Strict"
    CURRENT_OR_OLDER = "CurrentOrOlder"


class VersionFailure(StrEnum):
    """What becomes of the others: they wait for another host, or fail."""

    REJECT = "Reject"
    FAIL = "Fail"


@dataclass(frozen=True, slots=True)
class DurableSettings:
    """``extensions.durableTask``."""

    provider: str = AZURE_STORAGE
    hub_name: str = "TestHubName"
    max_activities: int = _PER_CORE
    max_orchestrators: int = _PER_CORE
    max_entities: int = _PER_CORE
    max_entity_batch: int = _ENTITY_BATCH
    max_actions: int = 100_000
    default_version: str | None = None
    version_match: VersionMatch = VersionMatch.CURRENT_OR_OLDER
    version_failure: VersionFailure = VersionFailure.REJECT
    restart_running: bool = False
    store_inputs: bool = False
    http_sleep_milliseconds: int = 30_000
    filter_work_items: bool = False


def read_durable_settings(section: Section) -> DurableSettings:
    """Read and check *section*.

    Raises:
        StartError: the real host would not start with it, or this one would get it wrong.
    """
    _refuse(section)
    overridable = _choice(
        section, "overridableExistingInstanceStates", (_NON_RUNNING, _ANY_STATE), _NON_RUNNING
    )
    per_host = _PER_CORE * (os.cpu_count() or 1)
    http = section.section("httpSettings")
    storage = section.section("storageProvider")
    provider = _choice(storage, "type", _PROVIDERS, AZURE_STORAGE)
    return DurableSettings(
        provider=provider,
        hub_name=_hub_name(section, provider),
        max_activities=_count(section, "maxConcurrentActivityFunctions", per_host),
        max_orchestrators=_count(section, "maxConcurrentOrchestratorFunctions", per_host),
        max_entities=_count(section, "maxConcurrentEntityFunctions", per_host),
        max_entity_batch=_count(section, "maxEntityOperationBatchSize", _ENTITY_BATCH),
        max_actions=_count(section, "maxOrchestrationActions", 100_000),
        default_version=_text(section, "defaultVersion"),
        version_match=VersionMatch(
            _choice(section, "versionMatchStrategy", VersionMatch, VersionMatch.CURRENT_OR_OLDER)
        ),
        version_failure=VersionFailure(
            _choice(section, "versionFailureStrategy", VersionFailure, VersionFailure.REJECT)
        ),
        restart_running=overridable == _ANY_STATE,
        store_inputs=_flag(section, "storeInputsInOrchestrationHistory"),
        http_sleep_milliseconds=_count(http, "defaultAsyncRequestSleepTimeMilliseconds", 30_000),
        filter_work_items=_flag(storage, "workItemFilteringEnabled"),
    )


def _refuse(section: Section) -> None:
    """Stop for what the real host does not take, or what would be missed without a word."""
    if _flag(section, "extendedSessionsEnabled"):
        raise StartError(f"{_path('extendedSessionsEnabled')} is for .NET apps only")
    if not _flag(section, "localRpcEndpointEnabled", default=True):
        # The Python SDK's client knows no other way to its host.
        raise UnsupportedError("extensions.durableTask.localRpcEndpointEnabled false")
    if _flag(section.section("httpSettings"), "useForwardedHost"):
        raise UnsupportedError("extensions.durableTask.httpSettings.useForwardedHost")
    if section.section("notifications").section("eventGrid").get("topicEndpoint"):
        raise UnsupportedError("extensions.durableTask.notifications.eventGrid")


def _hub_name(section: Section, provider: str) -> str:
    default = os.environ.get("WEBSITE_SITE_NAME", "TestHubName")
    name = resolve_percent(str(section.get("hubName", default)))
    if provider != AZURE_STORAGE and re.fullmatch(r"\w[\w.-]{0,63}", name, re.ASCII):
        return name
    # The rule of Azure Storage, which names tables and queues after the hub.
    if not (name.isascii() and name.isalnum() and name[0].isalpha() and 3 <= len(name) <= 45):
        raise StartError(
            f"{_path('hubName')} {name!r} must be 3 to 45 letters and digits, a letter first"
        )
    return name


def _get(section: Section, name: str, default: Any) -> Any:
    # .NET takes a null for a setting that is not there.
    value = section.get(name)
    return default if value is None else value


def _choice(section: Section, name: str, known: Any, default: str) -> str:
    """One of *known*; .NET reads names of enums without regard to case."""
    value = _get(section, name, default)
    for one in known:
        if str(value).lower() == one.lower():
            return str(one)
    raise StartError(f"{_path(name)} {value!r} is none of {', '.join(known)}")


def _flag(section: Section, name: str, *, default: bool = False) -> bool:
    value = _get(section, name, default)
    if str(value).lower() not in ("true", "false"):
        raise StartError(f"{_path(name)} {value!r} is neither true nor false")
    return str(value).lower() == "true"


def _text(section: Section, name: str) -> str | None:
    value = section.get(name)
    if value is not None and not isinstance(value, str):
        raise StartError(f"{_path(name)} {value!r} must be a string")
    return value


def _count(section: Section, name: str, default: int) -> int:
    value = _get(section, name, default)
    if not is_count(value):
        raise StartError(f"{_path(name)} must be a positive number")
    return int(value)


def _path(name: str) -> str:
    return f"host.json: extensions.durableTask.{name}"
