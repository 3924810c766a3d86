"""Calls user functions by the conventions of the Python worker, under the host's retry policy."""

import asyncio
import concurrent.futures.thread
import functools
import logging
import os
import threading
import traceback
import uuid
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from azure import functions as func
from azure.functions.meta import Datum

from emulators.functions_host.bindings.bindings import Bindings
from emulators.functions_host.errors import InvocationError
from emulators.functions_host.functions import (
    COSMOS_TRIGGER,
    DURABLE_CLIENT,
    ORCHESTRATION,
    TIMER,
    LoadedFunction,
)
from emulators.functions_host.outcome import Outcome, OutValue, encode, encode_outputs
from emulators.functions_host.retry import RetryPolicy

_log = logging.getLogger("Host.Function")

# Triggers whose retry policy Microsoft documents; of these the host has two.
DOCUMENTED_RETRY_TRIGGERS = frozenset({TIMER, COSMOS_TRIGGER})
_NO_METADATA: Mapping[str, Datum] = {}
_HOST_FILES = frozenset({__file__, concurrent.futures.thread.__file__})


@dataclass(frozen=True, slots=True)
class RetryContext:
    """``context.retry_context``: which run this is, and why there was another before."""

    retry_count: int = 0
    max_retry_count: int = 0
    exception: str | None = None


@dataclass(frozen=True, slots=True)
class TraceContext:
    """``context.trace_context``, with the attribute names of both SDK generations."""

    trace_parent: str = ""
    trace_state: str = ""
    attributes: dict[str, str] = field(default_factory=dict)


class Context(func.Context):
    """What a parameter named ``context`` receives."""

    def __init__(self, function: LoadedFunction, retry: RetryContext) -> None:
        self._function = function
        self._retry = retry
        self._invocation_id = str(uuid.uuid4())
        self._thread_local = threading.local()

    @property
    def invocation_id(self) -> str:
        return self._invocation_id

    @property
    def thread_local_storage(self) -> Any:
        return self._thread_local

    @property
    def function_name(self) -> str:
        return self._function.name

    @property
    def function_directory(self) -> str:
        return self._function.directory

    @property
    def trace_context(self) -> Any:
        return TraceContext()

    @property
    def retry_context(self) -> Any:
        return self._retry


class Invoker:
    """Runs functions: async ones on this event loop, others on a pool of threads.

    *client_binding* makes the string a durable client parameter receives; *bindings* reads and
    writes what else the functions are bound to. With
    *documented_retry_only* the root ``retry`` of host.json reaches only the triggers that
    Microsoft's documentation names; the host's code applies it to all.
    """

    def __init__(
        self,
        *,
        timeout: timedelta | None,
        root_retry: RetryPolicy | None,
        documented_retry_only: bool,
        client_binding: Callable[[], str],
        bindings: Bindings,
    ) -> None:
        self._timeout_seconds = timeout.total_seconds() if timeout else None
        self._root_retry = root_retry
        self._documented_retry_only = documented_retry_only
        self._client_binding = client_binding
        self._bindings = bindings
        threads = os.environ.get("PYTHON_THREADPOOL_THREAD_COUNT")
        self._pool = ThreadPoolExecutor(int(threads) if threads else None, "functions")

    def close(self) -> None:
        """Start nothing more on threads; what runs there ends with the process."""
        self._pool.shutdown(wait=False, cancel_futures=True)

    async def invoke(
        self,
        function: LoadedFunction,
        trigger: Datum,
        metadata: Mapping[str, Datum] = _NO_METADATA,
    ) -> Any:
        """Run *function* until it succeeds or its retry policy gives up; returns its Datum.

        A run reads the function's input bindings, calls it, and writes its output bindings.
        *metadata* is what the trigger tells beside its data.

        Raises:
            InvocationError: the last run failed.
        """
        policy = self._policy_of(function)
        limit = policy.max_retry_count if policy else 0
        retry = RetryContext(max_retry_count=limit)
        while True:
            try:
                return await self._run(function, trigger, metadata, retry)
            except InvocationError as failure:
                if policy is None or not policy.allows(retry.retry_count):
                    raise
                retry = RetryContext(retry.retry_count + 1, limit, failure.exception)
            delay = policy.delay_seconds(retry.retry_count)
            _log.warning("Function %s failed; retry %d follows in %.1f s", function.name,
                         retry.retry_count, delay)  # fmt: skip
            await asyncio.sleep(delay)

    def _policy_of(self, function: LoadedFunction) -> RetryPolicy | None:
        if function.retry is not None:
            return function.retry
        documented = function.trigger_type in DOCUMENTED_RETRY_TRIGGERS
        return self._root_retry if documented or not self._documented_retry_only else None

    async def _run(
        self,
        function: LoadedFunction,
        trigger: Datum,
        metadata: Mapping[str, Datum],
        retry: RetryContext,
    ) -> Datum | None:
        bound = self._bindings.bind(function, trigger, metadata)
        if bound is None:
            return (await self._run_once(function, {}, trigger, metadata, retry)).returned
        inputs = await bound.read()
        outcome = await self._run_once(function, inputs, trigger, metadata, retry)
        return await bound.write(outcome)

    async def _run_once(
        self,
        function: LoadedFunction,
        inputs: Mapping[str, Datum],
        trigger: Datum,
        metadata: Mapping[str, Datum],
        retry: RetryContext,
    ) -> Outcome:
        try:
            async with asyncio.timeout(self._timeout_seconds) as limit:
                arguments = self._arguments(function, inputs, trigger, metadata, retry)
                outs = {name: OutValue() for name in function.outputs}
                result = await self._call(function, arguments | outs)
            outputs = encode_outputs(outs, function.converters)
            return Outcome(_encode(function, result), outputs)
        except TimeoutError as error:
            if not limit.expired():
                raise _failure(function, error) from error
            raise _timed_out(function, self._timeout_seconds or 0) from error
        except (Exception, SystemExit) as error:
            # sys.exit() ends the real worker, which the host replaces; here it ends the run only.
            raise _failure(function, error) from error

    def _arguments(
        self,
        function: LoadedFunction,
        inputs: Mapping[str, Datum],
        trigger: Datum,
        metadata: Mapping[str, Datum],
        retry: RetryContext,
    ) -> dict[str, Any]:
        arguments: dict[str, Any] = {}
        for name, binding in function.parameters.items():
            if binding["type"] == DURABLE_CLIENT:
                arguments[name] = self._client_binding()
            else:
                converter = function.converters[name]
                known = metadata if converter.has_trigger_support() else _NO_METADATA
                datum = trigger if binding is function.trigger else inputs[name]
                arguments[name] = converter.decode(datum, trigger_metadata=known)
        if function.requires_context:
            arguments["context"] = Context(function, retry)
        return arguments

    async def _call(self, function: LoadedFunction, arguments: dict[str, Any]) -> Any:
        if function.is_async:
            return await function.call(**arguments)
        call = functools.partial(function.call, **arguments)
        return await asyncio.get_running_loop().run_in_executor(self._pool, call)


def _encode(function: LoadedFunction, result: Any) -> Datum | None:
    if function.output is not None:
        return encode(function.output, result)
    if result is not None:
        raise RuntimeError(
            f"function {function.name!r} without a $return binding returned a non-None value"
        )
    return None


def _failure(function: LoadedFunction, error: BaseException) -> InvocationError:
    # Only the user's frames: those of the host and its thread pool come first and tell nothing.
    frames = error.__traceback__
    while frames is not None and frames.tb_frame.f_code.co_filename in _HOST_FILES:
        frames = frames.tb_next
    stack = "".join(traceback.format_tb(frames))
    # Orchestrators report their errors through their state.
    if function.trigger_type != ORCHESTRATION:
        user_error = (type(error), error, frames)
        _log.error("Function %s failed", function.name, exc_info=user_error)
    return InvocationError(f"{type(error).__name__}: {error}", stack)


def _timed_out(function: LoadedFunction, seconds: float) -> InvocationError:
    text = (
        f"Timeout value of {timedelta(seconds=seconds)} was exceeded by function: "
        f"Functions.{function.name}"
    )
    _log.error("%s", text)
    return InvocationError(f"FunctionTimeoutException: {text}")
