"""Runs functions on the workers, under the host's time limit and retry policy."""

import asyncio
import logging
import time
from collections.abc import Callable, Mapping
from datetime import timedelta

from azure.functions.meta import Datum

from emulators.functions_host.bindings.bindings import Bindings
from emulators.functions_host.errors import InvocationError, WorkerLostError
from emulators.functions_host.functions import (
    COSMOS_TRIGGER,
    DURABLE_CLIENT,
    REDELIVERED,
    TIMER,
    WARMUP,
    LoadedFunction,
)
from emulators.functions_host.messages import RetryContext, Returned
from emulators.functions_host.retry import RetryPolicy
from emulators.functions_host.worker_pool import WorkerPool
from emulators.functions_host.worker_process import WorkerProcess

_log = logging.getLogger("Host.Function")

# Triggers whose retry policy Microsoft documents; of these the host has two.
DOCUMENTED_RETRY_TRIGGERS = frozenset({TIMER, COSMOS_TRIGGER})
_NO_METADATA: Mapping[str, Datum] = {}


class Invoker:
    """Calls functions of the app.

    *client_binding* makes the string a durable client parameter receives; *bindings* reads and
    writes what else the functions are bound to. With
    *documented_retry_only* the root ``retry`` of host.json reaches only the triggers that
    Microsoft's documentation names; the host's code applies it to all.
    """

    def __init__(
        self,
        workers: WorkerPool,
        *,
        timeout: timedelta | None,
        root_retry: RetryPolicy | None,
        documented_retry_only: bool,
        client_binding: Callable[[], str],
        bindings: Bindings,
    ) -> None:
        self._workers = workers
        self._timeout_seconds = timeout.total_seconds() if timeout else None
        self._root_retry = root_retry
        self._documented_retry_only = documented_retry_only
        self._client_binding = client_binding
        self._bindings = bindings

    async def invoke(
        self,
        function: LoadedFunction,
        trigger: Datum,
        metadata: Mapping[str, Datum] = _NO_METADATA,
    ) -> Datum:
        """Run *function* until it succeeds or its retry policy gives up; returns what it returned
        (a Datum without type if it has no return value).

        A run reads the function's input bindings, calls it, and writes its output bindings.
        *metadata* is what the trigger tells beside its data.

        Raises:
            InvocationError: the last run failed.
        """
        began = time.perf_counter()
        try:
            returned = await self._run_with_retries(function, trigger, metadata)
        except InvocationError:
            _log_execution(function, "Failed", began)
            raise
        _log_execution(function, "Succeeded", began)
        return returned

    async def _run_with_retries(
        self, function: LoadedFunction, trigger: Datum, metadata: Mapping[str, Datum]
    ) -> Datum:
        policy = self._policy_of(function)
        limit = policy.max_retry_count if policy else 0
        retry = RetryContext(max_retry_count=limit)
        while True:
            try:
                return await self._run_bound(function, trigger, metadata, retry)
            except InvocationError as failure:
                if policy is None or not policy.allows(retry.retry_count):
                    raise
                retry = RetryContext(retry.retry_count + 1, limit, failure.exception)
            delay = policy.delay_seconds(retry.retry_count)
            _log.warning("Function %s failed; retry %d follows in %.1f s", function.name,
                         retry.retry_count, delay)  # fmt: skip
            await asyncio.sleep(delay)

    async def _run_bound(
        self,
        function: LoadedFunction,
        trigger: Datum,
        metadata: Mapping[str, Datum],
        retry: RetryContext,
    ) -> Datum:
        bound = self._bindings.bind(function, trigger, metadata)
        if bound is None:
            inputs = self._inputs(function, trigger, {})
            return (await self._run(function, inputs, metadata, retry)).value
        inputs = self._inputs(function, trigger, await bound.read())
        return await bound.write(await self._run(function, inputs, metadata, retry))

    async def warm_up(self, function: LoadedFunction, worker: WorkerProcess) -> None:
        """Run a warm-up function on *worker*."""
        inputs = self._inputs(function, Datum("{}", "json"), {})
        try:
            await self._run_on(worker, function, inputs, {}, RetryContext())
        except (InvocationError, WorkerLostError) as error:
            # A cold start with a failing warm-up is still a start.
            _log.warning("%s function %s: %s", WARMUP, function.name, error)

    def _policy_of(self, function: LoadedFunction) -> RetryPolicy | None:
        if function.retry is not None:
            return function.retry
        documented = function.trigger_type in DOCUMENTED_RETRY_TRIGGERS
        return self._root_retry if documented or not self._documented_retry_only else None

    async def _run(
        self,
        function: LoadedFunction,
        inputs: Mapping[str, Datum],
        metadata: Mapping[str, Datum],
        retry: RetryContext,
    ) -> Returned:
        """One run; durable functions are delivered again when their worker dies."""
        while True:
            try:
                worker = await self._workers.pick()
                return await self._run_on(worker, function, inputs, metadata, retry)
            except WorkerLostError as error:
                if function.trigger_type not in REDELIVERED or self._workers.hopeless:
                    text = f"The worker process ended while it ran {function.name}"
                    raise InvocationError(f"WorkerProcessExitException: {text}") from error
                _log.warning("%s runs again: its worker process ended", function.name)

    async def _run_on(
        self,
        worker: WorkerProcess,
        function: LoadedFunction,
        inputs: Mapping[str, Datum],
        metadata: Mapping[str, Datum],
        retry: RetryContext,
    ) -> Returned:
        try:
            async with asyncio.timeout(self._timeout_seconds):
                return await self._workers.invoke(worker, function, inputs, metadata, retry)
        except TimeoutError as error:
            if not function.is_async:
                # A thread cannot be interrupted; the real host restarts the worker, too.
                worker.kill()
            raise _timed_out(function, self._timeout_seconds or 0) from error

    def _inputs(
        self, function: LoadedFunction, trigger: Datum, bound: Mapping[str, Datum]
    ) -> Mapping[str, Datum]:
        inputs = dict(bound)
        for name, binding in function.parameters.items():
            if binding["type"] == DURABLE_CLIENT:
                inputs[name] = Datum(self._client_binding(), "string")
            elif name == function.trigger["name"]:
                inputs[name] = trigger
            else:
                inputs.setdefault(name, Datum(None, None))
        return inputs


def _log_execution(function: LoadedFunction, how: str, began: float) -> None:
    # Orchestrators and activities run by the thousand: the engine tells what becomes of instances.
    level = logging.DEBUG if function.trigger_type in REDELIVERED else logging.INFO
    if _log.isEnabledFor(level):
        milliseconds = 1000 * (time.perf_counter() - began)
        _log.log(level, "Executed %s (%s, %.0f ms)", function.name, how, milliseconds)


def _timed_out(function: LoadedFunction, seconds: float) -> InvocationError:
    text = (
        f"Timeout value of {timedelta(seconds=seconds)} was exceeded by function: "
        f"Functions.{function.name}"
    )
    _log.error("%s", text)
    return InvocationError(f"FunctionTimeoutException: {text}")
