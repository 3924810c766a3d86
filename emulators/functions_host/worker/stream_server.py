"""Runs functions with HTTP streams, for requests that the host passes on as they come."""

import asyncio
import hmac
import json
import logging
import socket
from collections.abc import Iterable, Mapping
from typing import Any

from emulators.functions_host.functions import HTTP, UserFunction
from emulators.functions_host.messages import INVOCATION_HEADER, RetryContext
from emulators.functions_host.worker.context import Context
from emulators.functions_host.worker.dispatcher import log_failure
from emulators.functions_host.worker.user_log import running_function
from emulators.functions_host.worker.web_extension import WebExtension
from emulators.serving import LOOPBACK

_READY_SECONDS = 0.01


class StreamServer:
    """A server of the app's web framework on a port of its own.

    Any process on the machine can find the port, so it answers only who knows *secret*.
    """

    def __init__(
        self, extension: WebExtension, functions: Iterable[UserFunction], secret: str
    ) -> None:
        self._extension = extension
        self._functions = {one.loaded.name: one for one in functions if one.loaded.streams}
        self._secret = secret
        self._task: asyncio.Task[None] | None = None

    async def start(self) -> int:
        """Start to serve; returns the port once it answers."""
        port = _unused_port()
        serving = self._extension.serve(LOOPBACK, port, self._handle)
        self._task = asyncio.get_running_loop().create_task(serving)
        while not self._task.done() and not await _answers(port):  # noqa: ASYNC110  # not our server
            await asyncio.sleep(_READY_SECONDS)
        # Its own lines about every request would stand between those of the app.
        for name in ("uvicorn", "uvicorn.access", "uvicorn.error"):
            logging.getLogger(name).setLevel(logging.WARNING)
        return port

    async def _handle(self, request: Any) -> Any:
        call = json.loads(request.headers.get(INVOCATION_HEADER, "{}"))
        given = str(call.get("secret", "")).encode()
        if not hmac.compare_digest(given, self._secret.encode()):
            return self._extension.failure()
        function = self._functions[call["function"]]
        running_function.set(function.loaded.name)
        self._extension.set_route_values(request, call["route"])
        try:
            return await _run(function, request, call["inputs"])
        except Exception as error:
            log_failure(function, error)
            return self._extension.failure()


async def _run(function: UserFunction, request: Any, inputs: Mapping[str, str]) -> Any:
    arguments: dict[str, Any] = {
        name: request if binding["type"] == HTTP else inputs[name]
        for name, binding in function.loaded.parameters.items()
    }
    if function.requires_context:
        arguments["context"] = Context(function, RetryContext())
    if function.loaded.is_async:
        return await function.call(**arguments)
    return await asyncio.to_thread(function.call, **arguments)


def _unused_port() -> int:
    with socket.socket() as chosen:
        chosen.bind((LOOPBACK, 0))
        return int(chosen.getsockname()[1])


async def _answers(port: int) -> bool:
    try:
        _, writer = await asyncio.open_connection(LOOPBACK, port)
    except OSError:
        return False
    writer.close()
    return True
