"""Which triggers and bindings this host has, and what it refuses of them, by name."""

from typing import Final

from emulators.functions_host.errors import FunctionLoadError, UnsupportedError
from emulators.functions_host.functions import (
    ACTIVITY,
    BLOB,
    BLOB_TRIGGER,
    COSMOS,
    COSMOS_TRIGGER,
    DURABLE_CLIENT,
    ENTITY,
    EVENT_GRID,
    EVENT_GRID_TRIGGER,
    HTTP,
    HTTP_OUTPUT,
    ORCHESTRATION,
    QUEUE,
    QUEUE_TRIGGER,
    TIMER,
    WARMUP,
    Binding,
)

TRIGGERS: Final = frozenset(
    {
        *(HTTP, TIMER, WARMUP, ORCHESTRATION, ACTIVITY, ENTITY),
        *(EVENT_GRID_TRIGGER, QUEUE_TRIGGER, BLOB_TRIGGER, COSMOS_TRIGGER),
    }
)
INPUTS: Final = frozenset({BLOB, COSMOS, DURABLE_CLIENT})
OUTPUTS: Final = frozenset({HTTP_OUTPUT, QUEUE, BLOB, EVENT_GRID, COSMOS})

# What extension 4.x calls containerName and connection; it does not know the old names.
_COSMOS_3_NAMES: Final = ("collectionName", "connectionStringSetting")


def is_output(binding: Binding) -> bool:
    """Whether the function writes to it."""
    return str(binding.get("direction", "in")).upper() == "OUT"


def check_binding(function: str, binding: Binding) -> None:
    """Refuse what the real host, or only this one, cannot run.

    Raises:
        FunctionLoadError: the real host would refuse it, too.
        UnsupportedError: this host does not have it.
    """
    type_ = binding["type"]
    if str(binding.get("direction", "in")).upper() == "INOUT":
        raise FunctionLoadError(function, '"inout" bindings are not supported')
    if str(type_).lower().endswith("trigger"):
        if type_ not in TRIGGERS:
            raise UnsupportedError(f"{type_} (function {function}) yet")
    elif is_output(binding):
        if type_ not in OUTPUTS:
            raise UnsupportedError(f"the output binding {type_} of function {function}")
    elif type_ not in INPUTS:
        raise UnsupportedError(f"the binding {type_} of function {function}")
    _check_properties(function, binding)


def _check_properties(function: str, binding: Binding) -> None:
    old = [name for name in _COSMOS_3_NAMES if name in binding]
    if binding["type"] in (COSMOS, COSMOS_TRIGGER) and old:
        raise FunctionLoadError(
            function,
            f"{binding['type']} {binding['name']} has {', '.join(old)} of extension 3.x, which 4.x "
            "does not know; use the decorator whose name does not end in _v3",
        )
    if binding["type"] == BLOB_TRIGGER and str(binding.get("source")).lower() == "eventgrid":
        raise UnsupportedError(f"blobTrigger with source EventGrid (function {function})")
