"""The orchestrator and activity functions of an app, by their case-insensitive durable names."""

from collections.abc import Iterable
from dataclasses import dataclass, field

from emulators.functions_host.durable.events import EventType
from emulators.functions_host.functions import ACTIVITY, ORCHESTRATION, LoadedFunction


@dataclass(slots=True)
class DurableFunctions:
    """What the engine can call."""

    orchestrators: dict[str, LoadedFunction] = field(default_factory=dict)
    activities: dict[str, LoadedFunction] = field(default_factory=dict)

    @classmethod
    def of(cls, functions: Iterable[LoadedFunction]) -> "DurableFunctions":
        """Pick the durable ones."""
        durable = cls()
        for function in functions:
            if function.trigger_type == ORCHESTRATION:
                durable.orchestrators[function.durable_name.lower()] = function
            elif function.trigger_type == ACTIVITY:
                durable.activities[function.durable_name.lower()] = function
        return durable

    def missing(self, kind: EventType, name: str) -> str | None:
        """The error for calling what is not there (ThrowIfFunctionDoesNotExist)."""
        activity = kind is EventType.TASK_SCHEDULED
        known = self.activities if activity else self.orchestrators
        if name.lower() in known:
            return None
        noun = "activity" if activity else "orchestrator"
        names = ", ".join(sorted(f"'{function.durable_name}'" for function in known.values()))
        return (
            f"The function '{name}' doesn't exist, is disabled, or is not an {noun} "
            f"function. Additional info: The following are the known {noun} functions: {names}."
        )
