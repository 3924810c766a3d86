"""The durable functions of an app but its clients, by their case-insensitive names."""

from collections.abc import Iterable
from dataclasses import dataclass, field

from emulators.functions_host.durable.events import EventType
from emulators.functions_host.functions import (
    ACTIVITY,
    ENTITY,
    ORCHESTRATION,
    LoadedFunction,
)


@dataclass(slots=True)
class DurableFunctions:
    """What the engine can call."""

    orchestrators: dict[str, LoadedFunction] = field(default_factory=dict)
    activities: dict[str, LoadedFunction] = field(default_factory=dict)
    entities: dict[str, LoadedFunction] = field(default_factory=dict)

    @classmethod
    def of(cls, functions: Iterable[LoadedFunction]) -> "DurableFunctions":
        """Pick the durable ones."""
        durable = cls()
        for function in functions:
            if function.trigger_type == ORCHESTRATION:
                durable.orchestrators[function.durable_name.lower()] = function
            elif function.trigger_type == ACTIVITY:
                durable.activities[function.durable_name.lower()] = function
            elif function.trigger_type == ENTITY:
                durable.entities[function.durable_name.lower()] = function
        return durable

    def missing(self, kind: EventType, name: str) -> str | None:
        """The error for calling what is not there (ThrowIfFunctionDoesNotExist)."""
        noun, known = self._known(kind)
        if name.lower() in known:
            return None
        names = ", ".join(sorted(f"'{function.durable_name}'" for function in known.values()))
        return (
            f"The function '{name}' doesn't exist, is disabled, or is not an {noun} "
            f"function. Additional info: The following are the known {noun} functions: {names}."
        )

    def _known(self, kind: EventType) -> tuple[str, dict[str, LoadedFunction]]:
        if kind is EventType.TASK_SCHEDULED:
            return "activity", self.activities
        if kind is EventType.EVENT_SENT:
            return "entity", self.entities
        return "orchestrator", self.orchestrators
