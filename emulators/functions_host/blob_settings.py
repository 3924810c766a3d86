"""``extensions.blobs`` of host.json."""

import os
from dataclasses import dataclass
from typing import Any

from emulators.functions_host.errors import StartError
from emulators.functions_host.sections import Section

_PER_CORE = 8


@dataclass(frozen=True, slots=True)
class BlobSettings:
    """How many blobs are handled at a time, and how often one is tried."""

    parallelism: int = _PER_CORE
    tries: int = 5


def read_blob_settings(section: Section) -> BlobSettings:
    """Read and check the section.

    Raises:
        StartError: a value the real host refuses.
    """
    per_host = _PER_CORE * (os.cpu_count() or 1)
    return BlobSettings(
        parallelism=_count(section, "maxDegreeOfParallelism", per_host),
        tries=_count(section, "poisonBlobThreshold", BlobSettings().tries),
    )


def _count(section: Section, name: str, default: int) -> int:
    value: Any = section.get(name, default)
    if not isinstance(value, int) or isinstance(value, bool) or value < 1:
        raise StartError(f"host.json: extensions.blobs.{name} must be a positive number")
    return value
