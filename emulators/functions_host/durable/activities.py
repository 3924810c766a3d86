"""Runs activities, as many at once as host.json allows."""

import asyncio
import json
import logging
from collections.abc import Callable

from azure.functions.meta import Datum

from emulators.functions_host.durable import events
from emulators.functions_host.durable.events import Event, EventType
from emulators.functions_host.durable.functions import DurableFunctions
from emulators.functions_host.durable.http_activity import HttpActivity, HttpCallError
from emulators.functions_host.durable.records import WorkItem
from emulators.functions_host.durable.store import TaskHubStore
from emulators.functions_host.durable.tasks import HTTP_ACTIVITY
from emulators.functions_host.errors import InvocationError
from emulators.functions_host.invocation import Invoker
from emulators.functions_host.stats import DurableStats

_log = logging.getLogger("Host.Durable")


class _ActivityError(Exception):
    """An activity failed; the text is the reason that history keeps."""


class ActivityPool:
    """Takes work items and trades each for its completion; *wake* hears whose inbox has it."""

    def __init__(
        self,
        store: TaskHubStore,
        functions: DurableFunctions,
        invoker: Invoker,
        stats: DurableStats,
        limit: int,
        wake: Callable[[str], None],
    ) -> None:
        self._store = store
        self._functions = functions
        self._invoker = invoker
        self._stats = stats
        self._wake = wake
        self._http = HttpActivity()
        self._slots = asyncio.Semaphore(limit)
        self._waiting: set[asyncio.Task[None]] = set()
        self._running: set[asyncio.Task[None]] = set()

    def submit(self, item: WorkItem) -> None:
        """Run *item* when there is room."""
        task = asyncio.get_running_loop().create_task(self._run(item))
        self._waiting.add(task)
        task.add_done_callback(self._settled)

    async def stop(self, grace_seconds: float) -> None:
        """Start nothing more and give what runs *grace_seconds*; the rest runs again at restart."""
        for task in self._waiting:
            task.cancel()
        if self._running:
            await asyncio.wait(self._running, timeout=grace_seconds)
        for task in self._running:
            task.cancel()
        await self._http.close()

    def _settled(self, task: asyncio.Task[None]) -> None:
        self._waiting.discard(task)
        self._running.discard(task)
        if not task.cancelled() and (error := task.exception()):
            _log.error("an activity's completion could not be stored", exc_info=error)

    async def _run(self, item: WorkItem) -> None:
        async with self._slots:
            task = asyncio.current_task()
            if task is not None:
                self._waiting.discard(task)
                self._running.add(task)
            completion = await self._execute(item)
            if self._store.complete_activity(item, completion):
                self._wake(item.instance_id)

    async def _execute(self, item: WorkItem) -> Event:
        try:
            result = await self._result(item)
        except _ActivityError as failure:
            return self._failed(item, str(failure))
        self._stats.activities_completed += 1
        return events.event(EventType.TASK_COMPLETED, TaskScheduledId=item.task_id, Result=result)

    async def _result(self, item: WorkItem) -> str | None:
        """The activity's result as JSON text, None for none.

        Raises:
            _ActivityError: it failed, for the reason the orchestrator hears.
        """
        try:
            if item.name == HTTP_ACTIVITY:
                return await self._http.run(item.input)
            if missing := self._functions.missing(EventType.TASK_SCHEDULED, item.name):
                raise _ActivityError(missing)
            function = self._functions.activities[item.name.lower()]
            result = await self._invoker.invoke(function, Datum(item.input, "json"))
        except HttpCallError as failure:
            raise _ActivityError(str(failure)) from failure
        except InvocationError as failure:
            reason = f" {failure.exception}\nStack: {failure.stack}"
            text = f"Activity function '{item.name}' failed: {reason}"
            raise _ActivityError(text) from failure
        return None if result.value == "null" else str(result.value)

    def _failed(self, item: WorkItem, reason: str) -> Event:
        self._stats.activities_failed += 1
        # The .NET exception, serialised with type names (ErrorSerializerSettingsFactory.cs).
        details = {"$type": "System.Exception, System.Private.CoreLib", "Message": reason}
        return events.event(
            EventType.TASK_FAILED,
            TaskScheduledId=item.task_id,
            Reason=reason,
            Details=json.dumps(details),
        )
