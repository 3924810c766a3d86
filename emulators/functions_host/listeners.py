"""All triggers the host watches for itself, and functions that are run on demand."""

import asyncio
import logging
from collections.abc import Iterable
from pathlib import Path
from typing import Final

from azure.functions.meta import Datum

from emulators.functions_host.blob_receipts import host_id
from emulators.functions_host.blob_trigger import BlobTrigger
from emulators.functions_host.connections import Connections
from emulators.functions_host.cosmos_trigger import CosmosTrigger
from emulators.functions_host.errors import InvocationError
from emulators.functions_host.functions import (
    BLOB_TRIGGER,
    COSMOS_TRIGGER,
    ENTITY,
    HTTP,
    ORCHESTRATION,
    QUEUE_TRIGGER,
    TIMER,
    LoadedFunction,
)
from emulators.functions_host.host_json import HostSettings
from emulators.functions_host.invocation import Invoker
from emulators.functions_host.listener import Listener
from emulators.functions_host.queue_trigger import QueueTrigger
from emulators.functions_host.timer_trigger import ScheduleMonitor, TimerTrigger

_log = logging.getLogger("Host.Triggers")

_RESTART_SECONDS: Final = 1.0
_NOT_ON_DEMAND: Final = frozenset({HTTP, ORCHESTRATION, ENTITY})


class Listeners:
    """The listeners of an app's functions.

    Raises:
        StartError: one lacks a setting; the message names the function.
    """

    def __init__(
        self,
        functions: Iterable[LoadedFunction],
        invoker: Invoker,
        connections: Connections,
        monitor: ScheduleMonitor,
        settings: HostSettings,
        directory: Path,
    ) -> None:
        self._invoker = invoker
        self._connections = connections
        self._monitor = monitor
        self._settings = settings
        self._host_id = host_id(directory)
        self._functions = {function.name.lower(): function for function in functions}
        found = {name: self._listener(function) for name, function in self._functions.items()}
        self._listeners = {name: one for name, one in found.items() if one is not None}
        self._running: list[asyncio.Task[None]] = []
        self._on_demand: set[asyncio.Task[None]] = set()

    def _listener(self, function: LoadedFunction) -> Listener | None:
        if function.trigger_type == TIMER:
            return TimerTrigger(function, self._invoker, self._monitor)
        if function.trigger_type == QUEUE_TRIGGER:
            queues = self._settings.queues
            return QueueTrigger(function, self._invoker, self._connections, queues)
        if function.trigger_type == BLOB_TRIGGER:
            return BlobTrigger(
                function,
                self._invoker,
                self._connections,
                self._settings.blobs,
                host=self._host_id,
                scan_interval=self._settings.queues.max_polling_interval,
            )
        if function.trigger_type == COSMOS_TRIGGER:
            return CosmosTrigger(function, self._invoker, self._connections)
        return None

    async def prepare(self) -> None:
        """Look for what the listeners need.

        Raises:
            StartError: something is not there.
        """
        for listener in self._listeners.values():
            await listener.prepare()

    def start(self) -> None:
        """Begin to watch."""
        loop = asyncio.get_running_loop()
        self._running = [loop.create_task(_watch(one)) for one in self._listeners.values()]

    async def stop(self) -> None:
        """Watch no longer; returns when what was running has ended or been given up."""
        for task in self._running:
            task.cancel()
        await asyncio.gather(*self._running, return_exceptions=True)

    def can_run(self, name: str) -> bool:
        """Whether the function *name*, in lower case, can be run on demand."""
        return self._functions[name].trigger_type not in _NOT_ON_DEMAND

    def run_now(self, name: str, text: str) -> None:
        """Start the function *name*, in lower case, with *text* as its trigger's data."""
        task = asyncio.get_running_loop().create_task(self._run_now(name, text))
        self._on_demand.add(task)
        task.add_done_callback(self._on_demand.discard)

    async def _run_now(self, name: str, text: str) -> None:
        try:
            if listener := self._listeners.get(name):
                await listener.run_now(text)
            else:
                await self._invoker.invoke(self._functions[name], Datum(text, "json"))
        except InvocationError:
            pass  # the invoker has logged it; whoever asked has long been answered
        except Exception:
            _log.exception("Function %s cannot be run", name)


async def _watch(listener: Listener) -> None:
    """Keep *listener* running, whatever happens to it."""
    while True:
        try:
            await listener.run()
        except Exception:
            _log.exception("A listener failed; it starts again in %.0f s", _RESTART_SECONDS)
        await asyncio.sleep(_RESTART_SECONDS)
