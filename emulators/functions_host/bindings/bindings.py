"""The bindings of one run: inputs are read before the call, outputs written after it."""

import logging
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from azure.functions.meta import Datum

from emulators.functions_host.binding_rules import is_output
from emulators.functions_host.bindings import expressions
from emulators.functions_host.bindings.adapter import Adapter
from emulators.functions_host.bindings.binding_data import binding_data
from emulators.functions_host.bindings.blob_binding import BlobBinding
from emulators.functions_host.bindings.cosmos_binding import CosmosBinding
from emulators.functions_host.bindings.event_grid_output import EventGridOutput
from emulators.functions_host.bindings.queue_output import QueueOutput
from emulators.functions_host.connections import Connections
from emulators.functions_host.errors import InvocationError
from emulators.functions_host.functions import (
    BLOB,
    COSMOS,
    EVENT_GRID,
    HTTP_OUTPUT,
    QUEUE,
    RETURN,
    Binding,
    LoadedFunction,
)
from emulators.functions_host.messages import Returned

_NOTHING = Datum(None, None)

_log = logging.getLogger("Host.Bindings")


@dataclass(frozen=True, slots=True)
class BoundRun:
    """One run of a function with what it reads and writes.

    A binding that cannot be read or written fails the run, as on the real host.
    """

    function: LoadedFunction
    adapters: Mapping[str, Adapter]
    data: Mapping[str, Any]

    async def read(self) -> dict[str, Datum]:
        """The input bindings by parameter name.

        Raises:
            InvocationError: one of them could not be read.
        """
        inputs: dict[str, Datum] = {}
        for name, binding in self.function.parameters.items():
            if adapter := self.adapters.get(binding["type"]):
                try:
                    inputs[name] = await adapter.read(binding, self._resolve)
                except Exception as error:
                    raise self._failure(f"Exception binding parameter '{name}'", error) from error
        return inputs

    async def write(self, returned: Returned) -> Datum:
        """Write the outputs that were set; returns what is left: the answer to the trigger.

        Raises:
            InvocationError: one of them could not be written.
        """
        answer = returned.value
        for binding in self.function.bindings:
            if not is_output(binding):
                continue
            name = binding["name"]
            datum = returned.value if name == RETURN else returned.outputs.get(name, _NOTHING)
            if binding["type"] == HTTP_OUTPUT:
                answer = datum
            elif datum.type is not None:
                await self._write(binding, datum)
        return answer

    async def _write(self, binding: Binding, datum: Datum) -> None:
        try:
            await self.adapters[binding["type"]].write(binding, datum, self._resolve)
        except Exception as error:
            what = f"Error while handling parameter {binding['name']} after function returned"
            raise self._failure(what, error) from error

    def _resolve(self, template: str) -> str:
        return expressions.resolve(template, self.data, self.function.name)

    def _failure(self, what: str, error: Exception) -> InvocationError:
        _log.error("Function %s failed: %s: %s", self.function.name, what, error)
        return InvocationError(f"{type(error).__name__}: {what}: {error}")


class Bindings:
    """The kinds of bindings this host reads and writes."""

    def __init__(self, connections: Connections, *, base64_messages: bool) -> None:
        self._adapters: dict[str, Adapter] = {
            BLOB: BlobBinding(connections),
            COSMOS: CosmosBinding(connections),
            EVENT_GRID: EventGridOutput(),
            QUEUE: QueueOutput(connections, base64_messages=base64_messages),
        }

    def check(self, functions: Iterable[LoadedFunction]) -> None:
        """Look for the settings that the bindings of *functions* name.

        Raises:
            StartError: one is missing.
        """
        for function in functions:
            for binding in function.bindings:
                if adapter := self._adapters.get(binding["type"]):
                    adapter.check(function.name, binding)

    def bind(
        self, function: LoadedFunction, trigger: Datum, metadata: Mapping[str, Datum]
    ) -> BoundRun | None:
        """What a run of *function* has to read and write; None if that is nothing."""
        if not function.outputs and not any(b["type"] in self._adapters for b in function.bindings):
            return None
        return BoundRun(function, self._adapters, binding_data(function, trigger, metadata))

    async def close(self) -> None:
        """Close what the outputs opened."""
        for adapter in self._adapters.values():
            await adapter.close()
