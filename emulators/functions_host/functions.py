"""A function of the app as the host sees it: what starts it and how it is called."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from emulators.functions_host.retry import RetryPolicy

Binding = Mapping[str, Any]

HTTP, TIMER, WARMUP = "httpTrigger", "timerTrigger", "warmupTrigger"
ORCHESTRATION, ACTIVITY = "orchestrationTrigger", "activityTrigger"
ENTITY = "entityTrigger"
DURABLE_CLIENT = "durableClient"


@dataclass(frozen=True, slots=True)
class LoadedFunction:
    """One function, checked against its bindings.

    *parameters* are the input bindings by parameter name, the trigger among them; *converters*
    the SDK's converters that decode them. *output* encodes the return value, if it has a place.
    """

    name: str
    directory: str
    call: Callable[..., Any]
    is_async: bool
    requires_context: bool
    bindings: tuple[Binding, ...]
    trigger: Binding
    parameters: Mapping[str, Binding]
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
        names = (self.trigger.get(key) for key in ("orchestration", "activity", "entityName"))
        return next(filter(None, names), self.name)
