"""Keeps services running: starts them, waits until they answer, restarts what dies, stops all."""

import asyncio
import contextlib
import os
import signal
import subprocess
import time
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Self

import aiohttp

from devstack.errors import DevstackError
from devstack.ports import require_free

READY_WITHIN_SECONDS = 60.0
PROBE_EVERY_SECONDS = 0.05
STOP_WITHIN_SECONDS = 5.0
RESTARTS_PER_MINUTE = 5
LOG_TAIL_LINES = 25


class ServiceError(DevstackError):
    """A service could not be started or kept running; the message shows the end of its log."""


@dataclass(frozen=True, slots=True)
class Probe:
    """A URL that answers once its service is ready."""

    url: str
    any_status: bool = False
    """Whether a refusal is as good a sign of life as 200: not every service can be asked freely."""


@dataclass(frozen=True, slots=True)
class Service:
    """How to start one service, and how to tell that it is ready."""

    name: str
    command: tuple[str, ...]
    folder: Path
    ports: Mapping[str, int]
    probes: tuple[Probe, ...]
    environment: Mapping[str, str] = field(default_factory=dict)


class _Child:
    """A started service. *lock* guards *process* and *wanted*, so no restart crosses a stop."""

    def __init__(self, service: Service, process: asyncio.subprocess.Process) -> None:
        self.service = service
        self.process = process
        self.wanted = True
        self.lock = asyncio.Lock()
        self.keeper: asyncio.Task[None] | None = None


class Supervisor:
    """The services of one stack, as child processes that live no longer than this context.

    A service that dies by itself is started again at once, at most five times a minute; after
    that :meth:`failure` raises.
    """

    def __init__(self, logs: Path, report: Callable[[str], None]) -> None:
        self.restarts: dict[str, int] = {}
        self._logs = logs
        self._report = report
        self._children: dict[str, _Child] = {}

    async def __aenter__(self) -> Self:
        self._logs.mkdir(parents=True, exist_ok=True)
        self._session = aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=2))
        self._failure: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        return self

    async def __aexit__(self, *_: object) -> None:
        await asyncio.gather(*(self._stop(child) for child in self._children.values()))
        await self._session.close()
        if not self._failure.cancel():
            self._failure.exception()  # marks it as seen

    async def failure(self) -> None:
        """Wait, for ever if all goes well.

        Raises:
            ServiceError: a service died too often to be started again.
        """
        await asyncio.shield(self._failure)

    async def start(self, service: Service) -> None:
        """Start *service* and return once it is ready.

        Raises:
            PortsError: one of its ports is taken.
            ServiceError: it ended, or did not answer in time.
        """
        for name, number in service.ports.items():
            require_free(name, number)
        child = _Child(service, await self._spawn(service))
        self._children[service.name] = child
        await self._ready(child)
        child.keeper = asyncio.create_task(self._keep(child))

    async def restart(self, name: str) -> None:
        """Start a service again after :meth:`kill`, with the same state and ports."""
        await self.start(self._children[name].service)

    async def kill(self, name: str) -> None:
        """End a service as a crash would (SIGKILL), and leave it ended."""
        await self._end(self._children[name], kill=True)

    async def _stop(self, child: _Child) -> None:
        try:
            async with asyncio.timeout(STOP_WITHIN_SECONDS):
                await self._end(child, kill=False)
        except TimeoutError:
            await self._end(child, kill=True)

    async def _end(self, child: _Child, *, kill: bool) -> None:
        async with child.lock:
            child.wanted = False
            _signal(child.process, kill=kill)
        await child.process.wait()
        if child.keeper:
            await child.keeper

    async def _keep(self, child: _Child) -> None:
        """Start the service again whenever it dies unwanted."""
        deaths: deque[float] = deque(maxlen=RESTARTS_PER_MINUTE)
        while True:
            await child.process.wait()
            async with child.lock:
                if not child.wanted:
                    return
                end = _describe_end(child.process)
                if len(deaths) == RESTARTS_PER_MINUTE and time.monotonic() - deaths[0] < 60:
                    self._give_up(child.service.name, end)
                    return
                deaths.append(time.monotonic())
                self._report(f"{child.service.name} {end}; starting it again.")
                child.process = await self._spawn(child.service)
                self.restarts[child.service.name] = self.restarts.get(child.service.name, 0) + 1

    def _give_up(self, name: str, end: str) -> None:
        message = f"{name} {end}, for the {RESTARTS_PER_MINUTE + 1}th time within a minute."
        if not self._failure.done():
            self._failure.set_exception(ServiceError(message + self._log_tail(name)))

    async def _spawn(self, service: Service) -> asyncio.subprocess.Process:
        with self._open_log(service.name) as log:
            return await asyncio.create_subprocess_exec(
                *service.command,
                cwd=service.folder,
                env={**os.environ, "PYTHONUNBUFFERED": "1", **service.environment},
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                # Ctrl-C in the terminal is for us to handle, in order: not for the services.
                start_new_session=True,
                creationflags=getattr(subprocess, "CREATE_NEW_PROCESS_GROUP", 0),
            )

    async def _ready(self, child: _Child) -> None:
        name = child.service.name
        try:
            async with asyncio.timeout(READY_WITHIN_SECONDS):
                for probe in child.service.probes:
                    while not await self._answers(probe):
                        if child.process.returncode is not None:
                            end = _describe_end(child.process)
                            raise ServiceError(f"{name} {end} at start." + self._log_tail(name))
                        await asyncio.sleep(PROBE_EVERY_SECONDS)
        except TimeoutError as error:
            raise ServiceError(
                f"{name} runs but gave no answer at {probe.url} within "
                f"{READY_WITHIN_SECONDS:.0f} s." + self._log_tail(name)
            ) from error

    async def _answers(self, probe: Probe) -> bool:
        try:
            async with self._session.get(probe.url) as response:
                return probe.any_status or response.ok
        except (aiohttp.ClientError, TimeoutError):
            return False

    def _open_log(self, name: str) -> IO[bytes]:
        # What a service said before it died is what one looks for, so a restart appends.
        return self._log_path(name).open("ab" if name in self._children else "wb")

    def _log_path(self, name: str) -> Path:
        return self._logs / f"{name}.log"

    def _log_tail(self, name: str) -> str:
        path = self._log_path(name)
        lines = path.read_text(encoding="utf-8", errors="replace").splitlines()
        tail = "\n".join(f"  | {line}" for line in lines[-LOG_TAIL_LINES:])
        return f"\n{tail}\n  (the end of {path})" if tail else f"\n  ({path} is empty)"


def _describe_end(process: asyncio.subprocess.Process) -> str:
    code = process.returncode or 0
    if code < 0:
        return f"was killed ({signal.Signals(-code).name})"
    return f"ended (exit code {code})"


def _signal(process: asyncio.subprocess.Process, *, kill: bool) -> None:
    """Signal the process, and on POSIX its whole session: Core Tools has children of its own."""
    with contextlib.suppress(ProcessLookupError):
        if os.name == "posix":
            os.killpg(process.pid, signal.SIGKILL if kill else signal.SIGTERM)
        elif kill:
            process.kill()
        else:
            process.terminate()
