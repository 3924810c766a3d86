"""A function of the app as the host sees it: what starts it and how it is called."""

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


@dataclass(frozen=True, slots=True)
class LoadedFunction:
    """One function, checked against its bindings.

    *parameters* are the input bindings by parameter name, the trigger among them, *outputs* the
    ``func.Out`` parameters; *converters* the SDK's converters that decode and encode them. *output*
    encodes the return value, if it has a place.
    """

    name: str
    directory: str
    call: Callable[..., Any]
    is_async: bool
    requires_context: bool
    bindings: tuple[Binding, ...]
    trigger: Binding
    parameters: Mapping[str, Binding]
    outputs: Mapping[str, Binding]
    converters: Mapping[str, Any]
    output: Any
    retry: RetryPolicy | None

    @property
    def trigger_type(self) -> str:
        """The ``type`` of the trigger's binding."""
        type_: str = self.trigger["type"]
        return type_

    @property
    def durable_name(self) -> str:
        """The name orchestrations call it by: the trigger's own, else the function's."""
        name = self.trigger.get("orchestration") or self.trigger.get("activity")
        return name or self.name
