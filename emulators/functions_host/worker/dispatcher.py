"""Calls user functions by the conventions of the Python worker."""

import asyncio
import concurrent.futures.thread
import logging
import os
import traceback
from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import replace
from typing import Any

from azure.functions.meta import Datum

from emulators.functions_host.channel import pack
from emulators.functions_host.functions import ORCHESTRATION, UserFunction
from emulators.functions_host.growing_text import KeptTexts, received
from emulators.functions_host.messages import Cancel, Forgotten, Invoke, Raised, Returned
from emulators.functions_host.worker.context import Context
from emulators.functions_host.worker.out_values import OutValue, encode, encode_outputs
from emulators.functions_host.worker.user_log import running_function

_log = logging.getLogger("Host.Function")

_NO_METADATA: Mapping[str, Datum] = {}
_WORKER_FILES = frozenset({__file__, concurrent.futures.thread.__file__})


class Dispatcher:
    """Runs async functions on this event loop and others on a pool of threads.

    *send* takes each answer, packed, on the event loop.
    """

    def __init__(self, functions: Iterable[UserFunction], send: Callable[[bytes], None]) -> None:
        self._functions = {function.loaded.name: function for function in functions}
        self._send = send
        threads = os.environ.get("PYTHON_THREADPOOL_THREAD_COUNT")
        self._pool = ThreadPoolExecutor(int(threads) if threads else None, "functions")
        self._loop = asyncio.get_running_loop()
        self._running: dict[int, asyncio.Task[None] | Future[bytes]] = {}
        self._kept = KeptTexts()

    def invoke(self, request: Invoke) -> None:
        """Start what *request* asks for."""
        # Here, in the order of arrival: what one invocation is sent, the next one builds on.
        inputs = received(request.inputs, self._kept)
        if inputs is None:
            self._send(pack(Forgotten(request.id)))
            return
        request = replace(request, inputs=inputs)
        function = self._functions[request.function]
        if function.loaded.is_async:
            task = self._loop.create_task(self._run_here(function, request))
            self._running[request.id] = task
            return
        future = self._pool.submit(_run_on_thread, function, request)
        self._running[request.id] = future
        future.add_done_callback(
            lambda done: self._loop.call_soon_threadsafe(self._answer, request.id, done)
        )

    def cancel(self, request: Cancel) -> None:
        """Interrupt an async function; one on a thread can only be kept from starting."""
        if running := self._running.pop(request.id, None):
            running.cancel()

    def _answer(self, id_: int, done: Future[bytes]) -> None:
        if self._running.pop(id_, None) is not None and not done.cancelled():
            self._send(done.result())

    async def _run_here(self, function: UserFunction, request: Invoke) -> None:
        running_function.set(function.loaded.name)
        try:
            outs = _outs(function)
            result = await function.call(**_arguments(function, request), **outs)
            answer = pack(_returned(function, request.id, result, outs))
        except (Exception, SystemExit) as error:
            answer = pack(_raised(function, request.id, error))
        if self._running.pop(request.id, None) is not None:
            self._send(answer)


def _run_on_thread(function: UserFunction, request: Invoke) -> bytes:
    running_function.set(function.loaded.name)
    try:
        outs = _outs(function)
        result = function.call(**_arguments(function, request), **outs)
        return pack(_returned(function, request.id, result, outs))
    except (Exception, SystemExit) as error:
        # sys.exit() ends the real worker, which the host replaces; here it ends the run only.
        return pack(_raised(function, request.id, error))


def _arguments(function: UserFunction, request: Invoke) -> dict[str, Any]:
    arguments: dict[str, Any] = {}
    for name in function.loaded.parameters:
        converter = function.converters[name]
        metadata = request.metadata if converter.has_trigger_support() else _NO_METADATA
        arguments[name] = converter.decode(request.inputs[name], trigger_metadata=metadata)
    if function.requires_context:
        arguments["context"] = Context(function, request.retry)
    return arguments


def _outs(function: UserFunction) -> dict[str, OutValue]:
    return {name: OutValue() for name in function.loaded.outputs}


def _returned(
    function: UserFunction, id_: int, result: Any, outs: Mapping[str, OutValue]
) -> Returned:
    outputs = encode_outputs(outs, function.converters)
    if function.output is not None:
        return Returned(id_, encode(function.output, result), outputs)
    if result is not None:
        raise RuntimeError(
            f"function {function.loaded.name!r} without a $return binding returned a non-None value"
        )
    return Returned(id_, Datum(None, None), outputs)


def _raised(function: UserFunction, id_: int, error: BaseException) -> Raised:
    # Only the user's frames: those of the worker and its thread pool come first and tell nothing.
    frames = error.__traceback__
    while frames is not None and frames.tb_frame.f_code.co_filename in _WORKER_FILES:
        frames = frames.tb_next
    stack = "".join(traceback.format_tb(frames))
    text = _text(error)
    # Orchestrators report their errors through their state.
    if function.loaded.trigger_type != ORCHESTRATION:
        # The stack comes as text: to format the error anew may fail, see below.
        name = function.loaded.name
        _log.error("Function %s failed\nException: %s\n%s", name, text, stack.rstrip())
    return Raised(id_, text, stack)


def log_failure(function: UserFunction, error: BaseException) -> None:
    """Log that *function* raised *error*, where nobody else is told."""
    _raised(function, -1, error)


def _text(error: BaseException) -> str:
    try:
        return f"{type(error).__name__}: {error}"
    except Exception:  # an exception whose own text fails is still one that was raised
        return "Unhandled exception in function. Could not serialize original exception message."
