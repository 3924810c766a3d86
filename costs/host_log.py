"""The local Functions host's log: which functions ran, and for how long."""

import re
from collections import Counter
from dataclasses import dataclass, field

_EXECUTED = re.compile(r"Executed (\w+) \((\w+), (\d+) ms\)")
# Where the level of executions is set, so that those of orchestrators and activities show too.
VERBOSE = {"AzureFunctionsJobHost__logging__logLevel__Host.Function": "Debug"}


@dataclass(slots=True)
class Executions:
    """What ran, by function."""

    counts: Counter[str] = field(default_factory=Counter)
    milliseconds: Counter[str] = field(default_factory=Counter)
    lines: int = 0
    """Lines that would be telemetry: all but those of executions, which are telemetry anyway."""


def executions_in(log: str) -> Executions:
    """What *log* says."""
    found = Executions()
    for line in log.splitlines():
        match = _EXECUTED.search(line)
        if match:
            found.counts[match[1]] += 1
            found.milliseconds[match[1]] += int(match[3])
        elif line.strip():
            found.lines += 1
    return found
