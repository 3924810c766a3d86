"""A function of the app: as the host knows it, and as a worker can call it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from emulators.functions_host.retry import RetryPolicy

Binding = Mapping[str, Any]

HTTP, TIMER, WARMUP = "httpTrigger", "timerTrigger", "warmupTrigger"
ORCHESTRATION, ACTIVITY = "orchestrationTrigger", "activityTrigger"
EVENT_GRID_TRIGGER, QUEUE_TRIGGER = "eventGridTrigger", "queueTrigger"
BLOB_TRIGGER, COSMOS_TRIGGER = "blobTrigger", "cosmosDBTrigger"
DURABLE_CLIENT, HTTP_OUTPUT = "durableClient", "http"
EVENT_GRID, QUEUE, BLOB, COSMOS = "eventGrid", "queue", "blob", "cosmosDB"
RETURN = "$return"
ENTITY = "entityTrigger"

# Run again on another worker when theirs dies: the engine keeps their work until it is done.
REDELIVERED = frozenset({ORCHESTRATION, ACTIVITY, ENTITY})


@dataclass(frozen=True, slots=True)
class LoadedFunction:
    """One function, checked against its bindings; this crosses from worker to host.

    *parameters* are the input bindings by parameter name, the trigger among them, *outputs* the
    ``func.Out`` parameters. A *disabled* one has no trigger that starts it; it may then also have
    bindings this host does not support. One that *streams* takes and gives HTTP bodies in parts.
    """

    name: str
    is_async: bool
    bindings: tuple[Binding, ...]
    trigger: Binding
    parameters: Mapping[str, Binding]
    outputs: Mapping[str, Binding]
    retry: RetryPolicy | None
    disabled: bool = False
    streams: bool = False

    @property
    def trigger_type(self) -> str:
        """The ``type`` of the trigger's binding."""
        type_: str = self.trigger["type"]
        return type_

    @property
    def durable_name(self) -> str:
        """The name orchestrations call it by: the trigger's own, else the function's."""
        names = (self.trigger.get(key) for key in ("orchestration", "activity", "entityName"))
        return next(filter(None, names), self.name)


@dataclass(frozen=True, slots=True)
class UserFunction:
    """The same function in the worker that loaded it.

    *converters* are the SDK's, which decode the parameters and encode outputs; *output* encodes the
    return value, if it has a place.
    """

    loaded: LoadedFunction
    directory: str
    call: Callable[..., Any]
    requires_context: bool
    converters: Mapping[str, Any]
    output: Any
