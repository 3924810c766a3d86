"""Which instances this host may run, by their version (``VersioningSettings.cs``)."""

import re

from emulators.functions_host.durable.settings import DurableSettings, VersionMatch

# What System.Version can read.
_NUMBERS = re.compile(r"\d+(?:\.\d+){1,3}")

MISMATCH = "VersionMismatch: Orchestration version did not comply with Worker Versioning"


def accepts(settings: DurableSettings, version: str | None) -> bool:
    """Whether an instance of *version* may run under host.json's default version and strategy."""
    match settings.version_match:
        case VersionMatch.NONE:
            return True
        case VersionMatch.STRICT:
            return version == settings.default_version
        case VersionMatch.CURRENT_OR_OLDER:
            return compare(version, settings.default_version) <= 0


def compare(one: str | None, other: str | None) -> int:
    """Less than, equal to or greater than 0 as *one* is older, equal or newer.

    No version is older than any. Dotted numbers compare as numbers, ``1.0`` before ``1.0.0``;
    what else there is compares as text without regard to case.
    """
    first, second = (one or "").strip(), (other or "").strip()
    if not first or not second:
        return bool(first) - bool(second)
    if _NUMBERS.fullmatch(first) and _NUMBERS.fullmatch(second):
        numbers = _numbers(first), _numbers(second)
        return (numbers[0] > numbers[1]) - (numbers[0] < numbers[1])
    first, second = first.upper(), second.upper()
    return (first > second) - (first < second)


def _numbers(version: str) -> list[int]:
    return [int(part) for part in version.split(".")]
