"""One worker process, as the host holds it."""

import asyncio
import os
import secrets
import shlex
import signal
import sys
from asyncio.subprocess import PIPE, Process
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

from emulators import serving
from emulators.functions_host.channel import Channel
from emulators.functions_host.errors import (
    ForgottenError,
    InvocationError,
    StartError,
    WorkerLostError,
)
from emulators.functions_host.functions import LoadedFunction
from emulators.functions_host.growing_text import forget, to_send
from emulators.functions_host.messages import (
    Cancel,
    Forgotten,
    Hello,
    Invoke,
    Load,
    Loaded,
    LoadFailed,
    Raised,
    Returned,
)

PORT_VARIABLE = "FUNCTIONS_HOST_WORKER_PORT"
SECRET_VARIABLE = "FUNCTIONS_HOST_WORKER_SECRET"  # noqa: S105  # a name
# As for the real host: what stands before the worker on its command line, for debuggers.
ARGUMENTS_VARIABLE = "languageWorkers__python__arguments"
_ROOT = Path(serving.__file__).parents[1]


class WorkerProcess:
    """Runs functions in a process of its own, which ends when this one does, however it ends."""

    def __init__(self, load: Load) -> None:
        self._load = load
        self._secret = secrets.token_hex(32).encode()
        self._channel: Channel | None = None
        self._process: Process | None = None
        self._loaded: asyncio.Future[Sequence[LoadedFunction]] = asyncio.Future()
        self._answers: dict[int, asyncio.Future[Returned]] = {}
        self._ended: asyncio.Task[int] | None = None
        self.stream_port = 0
        """Where functions with HTTP streams are served."""
        self.killed = False
        """Whether this host ended it."""

    @property
    def secret(self) -> str:
        """What the process and its host alone know."""
        return self._secret.decode()

    @property
    def busy(self) -> int:
        """How many invocations it has."""
        return len(self._answers)

    @property
    def alive(self) -> bool:
        """Whether the process runs."""
        return self._ended is not None and not self._ended.done()

    async def start(self) -> Sequence[LoadedFunction]:
        """Start the process and have it load the app; returns the app's functions.

        Raises:
            StartError: the app cannot be loaded.
        """
        loop = asyncio.get_running_loop()
        server = await loop.create_server(self._answer_the_door, serving.LOOPBACK, 0)
        port = server.sockets[0].getsockname()[1]
        environment = {PORT_VARIABLE: str(port), SECRET_VARIABLE: self._secret.decode()}
        arguments = shlex.split(os.environ.get(ARGUMENTS_VARIABLE, ""))
        self._process = await asyncio.create_subprocess_exec(
            *(sys.executable, *arguments, "-m", "emulators.functions_host.worker"),
            cwd=_ROOT,
            env={**os.environ, **environment},
            stdin=PIPE,
        )
        self._ended = loop.create_task(self._process.wait())
        self._ended.add_done_callback(lambda _: self._lose_everything())
        try:
            return await self._loaded
        finally:
            server.close()

    async def wait(self) -> int:
        """Return the process's exit code when it has ended."""
        if self._ended is None:
            raise RuntimeError("the worker process was never started")
        return await asyncio.shield(self._ended)

    async def invoke(self, request: Invoke) -> Returned:
        """Run a function and wait for what it returns.

        Raises:
            InvocationError: it raised.
            WorkerLostError: the process ended first; the function may have run, or not.
        """
        try:
            return await self._ask(request)
        except ForgottenError:
            forget(request.inputs, self)
            return await self._ask(request)

    async def _ask(self, request: Invoke) -> Returned:
        if not self.alive or self._channel is None:
            raise WorkerLostError
        answer: asyncio.Future[Returned] = asyncio.get_running_loop().create_future()
        self._answers[request.id] = answer
        self._channel.send(replace(request, inputs=to_send(request.inputs, self)))
        try:
            return await answer
        except asyncio.CancelledError:
            self._channel.send(Cancel(request.id))
            raise
        finally:
            self._answers.pop(request.id, None)

    def kill(self) -> None:
        """End the process now, whatever it does; repeating it does nothing."""
        self.killed = True
        self._end()

    async def stop(self) -> None:
        """End the process, if it was started, and return when it has ended."""
        self.kill()
        if self._ended is not None:
            await self._ended

    def _end(self) -> None:
        # Also when the connection is lost: without it the process is of no use.
        if self._process is not None and self._process.returncode is None:
            # Not kill() of the process object: it looks first whether the process has ended, and so
            # takes the exit code from asyncio, which then warns and reports 255.
            with suppress(ProcessLookupError):
                os.kill(self._process.pid, signal.SIGKILL)

    def _answer_the_door(self) -> Channel:
        # Anyone may knock; only the worker gets as far as Hello.
        channel = Channel(lambda message: self._receive(channel, message), self._end, self._secret)
        return channel

    def _receive(self, channel: Channel, message: Any) -> None:
        if isinstance(message, Hello):
            self._channel = channel
            channel.send(self._load)
        elif isinstance(message, Loaded):
            self.stream_port = message.stream_port
            self._loaded.set_result(message.functions)
        elif isinstance(message, LoadFailed):
            self._loaded.set_exception(StartError(message.message))
        elif isinstance(message, Returned | Raised | Forgotten):
            self._settle(message)

    def _settle(self, message: Returned | Raised | Forgotten) -> None:
        answer = self._answers.get(message.id)
        if answer is None or answer.done():
            return
        if isinstance(message, Returned):
            answer.set_result(message)
        elif isinstance(message, Forgotten):
            answer.set_exception(ForgottenError())
        else:
            answer.set_exception(InvocationError(message.exception, message.stack))

    def _lose_everything(self) -> None:
        if not self._loaded.done():
            self._loaded.set_exception(StartError("the worker process ended while it loaded"))
        for answer in self._answers.values():
            if not answer.done():
                answer.set_exception(WorkerLostError())
