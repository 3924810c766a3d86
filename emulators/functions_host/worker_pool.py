"""The worker processes of a host: starts them, replaces those that die, picks one for each call."""

import asyncio
import itertools
import logging
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence

from azure.functions.meta import Datum

from emulators.functions_host.errors import StartError, WorkerLostError
from emulators.functions_host.functions import LoadedFunction
from emulators.functions_host.messages import Invoke, Load, RetryContext, Returned
from emulators.functions_host.worker_process import WorkerProcess

_log = logging.getLogger("Host.Worker")

# As the real host: workers that keep dying as soon as they start are not started for ever.
_SHORT_LIFE_SECONDS = 10.0
_MOST_SHORT_LIVES = 3


class WorkerPool:
    """*size* processes with the same app. Any of them runs any function."""

    def __init__(self, load: Load, size: int) -> None:
        self._load = load
        self._size = size
        self._ids = itertools.count()
        self._ready: list[WorkerProcess] = []
        self._keepers: list[asyncio.Task[None]] = []
        self._change = asyncio.Event()
        self._short_lives = 0
        self.prepare: Callable[[WorkerProcess], Awaitable[None]] = _as_it_is
        """What to do with a new process before it gets any work."""
        self.hopeless = False
        """Whether the workers died so often that none is started any more."""

    async def start(self) -> Sequence[LoadedFunction]:
        """Start all processes; returns the functions they have loaded.

        Raises:
            StartError: the app cannot be loaded.
        """
        workers = [WorkerProcess(self._load) for _ in range(self._size)]
        try:
            functions, *_ = await asyncio.gather(*(worker.start() for worker in workers))
        except StartError:
            await asyncio.gather(*(worker.stop() for worker in workers))
            raise
        loop = asyncio.get_running_loop()
        self._keepers = [loop.create_task(self._keep(worker)) for worker in workers]
        self._ready = workers
        return functions

    def workers(self) -> Sequence[WorkerProcess]:
        """Those that have loaded the app and still live."""
        return [worker for worker in self._ready if worker.alive]

    async def pick(self) -> WorkerProcess:
        """The process with the least to do, as soon as there is one.

        Raises:
            WorkerLostError: they all died, again and again.
        """
        while not (alive := self.workers()):
            if self.hopeless:
                raise WorkerLostError
            self._change.clear()
            await self._change.wait()
        return min(alive, key=lambda worker: worker.busy)

    async def invoke(
        self,
        worker: WorkerProcess,
        function: LoadedFunction,
        inputs: Mapping[str, Datum],
        metadata: Mapping[str, Datum],
        retry: RetryContext,
    ) -> Returned:
        """Run *function* on *worker*.

        Raises:
            InvocationError: it raised.
            WorkerLostError: the process ended first.
        """
        request = Invoke(next(self._ids), function.name, inputs, metadata, retry)
        return await worker.invoke(request)

    async def stop(self) -> None:
        """End all processes now."""
        for keeper in self._keepers:
            keeper.cancel()
        await asyncio.gather(*(worker.stop() for worker in self._ready))

    async def _keep(self, worker: WorkerProcess) -> None:
        """Replace *worker* when it ends, and its replacement, and so on."""
        while True:
            began = time.monotonic()
            code = await worker.wait()
            self._ready.remove(worker)
            _log.error("A worker process ended with exit code %s.", code)
            short = not worker.killed and time.monotonic() - began < _SHORT_LIFE_SECONDS
            self._short_lives = self._short_lives + 1 if short else 0
            if self._short_lives >= _MOST_SHORT_LIVES:
                self._give_up()
                return
            worker = WorkerProcess(self._load)
            try:
                await worker.start()
            except StartError as error:
                _log.error("No new worker process could be started: %s", error)
                self._give_up()
                return
            await self.prepare(worker)
            self._ready.append(worker)
            self._change.set()

    def _give_up(self) -> None:
        _log.critical("Exceeded language worker restart retry count; functions no longer run.")
        self.hopeless = True
        self._change.set()


async def _as_it_is(_: WorkerProcess) -> None:
    pass
