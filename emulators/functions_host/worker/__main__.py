"""``python -m emulators.functions_host.worker``: started by the host, for the host alone."""

import asyncio
import gc
import os
import signal
import sys
import threading
from pathlib import Path
from typing import Any, NoReturn

from emulators.functions_host import console
from emulators.functions_host.channel import Channel
from emulators.functions_host.errors import StartError
from emulators.functions_host.functions import UserFunction
from emulators.functions_host.messages import Cancel, Hello, Invoke, Load, Loaded, LoadFailed
from emulators.functions_host.worker import timestamps
from emulators.functions_host.worker.dispatcher import Dispatcher
from emulators.functions_host.worker.loader import load_functions
from emulators.functions_host.worker.stream_server import StreamServer
from emulators.functions_host.worker.user_log import filter_user_log
from emulators.functions_host.worker.web_extension import web_extension
from emulators.functions_host.worker_process import PORT_VARIABLE, SECRET_VARIABLE
from emulators.serving import LOOPBACK


class Worker:
    """One worker process."""

    def __init__(self) -> None:
        self._channel = Channel(self._receive, _end)
        self._dispatcher: Dispatcher | None = None
        self._announced: asyncio.Task[None] | None = None
        self._secret = ""

    async def connect(self, port: int, secret: bytes) -> None:
        """Connect to the host that started this process."""
        loop = asyncio.get_running_loop()
        await loop.create_connection(lambda: self._channel, LOOPBACK, port)
        self._secret = secret.decode()
        self._channel.send_secret(secret)
        self._channel.send(Hello())

    def _receive(self, message: Any) -> None:
        if isinstance(message, Load):
            self._load(message)
        elif self._dispatcher is not None and isinstance(message, Invoke):
            self._dispatcher.invoke(message)
        elif self._dispatcher is not None and isinstance(message, Cancel):
            self._dispatcher.cancel(message)

    def _load(self, load: Load) -> None:
        """Import the app on the event loop, where it may build asynchronous clients."""
        console.configure(load.log_levels, colour=load.colour)
        filter_user_log(load.log_levels, debug=_wants_debug_messages())
        # Instead of the folder this module came from: an app finds its own modules first, and
        # none of this project's by accident.
        sys.path.pop(0)
        try:
            os.chdir(load.app_directory)
            functions = load_functions(Path(load.app_directory), load.only)
        except (StartError, OSError) as error:
            self._channel.send(LoadFailed(str(error)))
            return
        timestamps.remember()
        # What an app has loaded stays; looking through it for garbage, at every long replay, does
        # not help.
        gc.collect()
        gc.freeze()
        self._dispatcher = Dispatcher(functions, self._channel.send_frame)
        self._announced = asyncio.get_running_loop().create_task(self._announce(functions))

    async def _announce(self, functions: list[UserFunction]) -> None:
        extension = web_extension()
        port = 0
        if extension is not None:
            port = await StreamServer(extension, functions, self._secret).start()
        self._channel.send(Loaded([function.loaded for function in functions], port))


def main() -> None:
    """Serve the host until it is gone."""
    # Ctrl-C reaches the whole process group; when to end is for the host to decide.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    # The host holds the other end, also when it is killed: then this process ends at once, even
    # if a function keeps its event loop busy.
    lifeline = os.dup(sys.stdin.fileno())
    sys.stdin = Path(os.devnull).open(encoding="utf-8")  # noqa: SIM115  # for the app, to the end
    threading.Thread(target=_end_with, args=(lifeline,), daemon=True).start()
    port = int(os.environ.pop(PORT_VARIABLE))
    secret = os.environ.pop(SECRET_VARIABLE).encode()
    asyncio.run(_serve(port, secret))


async def _serve(port: int, secret: bytes) -> None:
    await Worker().connect(port, secret)
    await asyncio.Event().wait()


def _wants_debug_messages() -> bool:
    return os.environ.get("PYTHON_ENABLE_DEBUG_LOGGING", "").lower() in ("1", "true")


def _end_with(lifeline: int) -> None:
    os.read(lifeline, 1)
    _end()


def _end() -> NoReturn:
    sys.stdout.flush()
    # A function may hang on its thread, and Python would wait for it before it exits.
    os._exit(0)


if __name__ == "__main__":
    main()
