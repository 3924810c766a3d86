"""Runs entities: each on one batch of operations at a time, many entities side by side."""

import asyncio
import json
import logging
from collections.abc import Callable
from typing import Any

from azure.functions.meta import Datum

from emulators.functions_host.durable.entity_messages import EntityId, EntityRequest, answer
from emulators.functions_host.durable.entity_store import BatchOutcome, Entity, EntityStore
from emulators.functions_host.durable.events import EventType
from emulators.functions_host.durable.functions import DurableFunctions
from emulators.functions_host.durable.settings import DurableSettings
from emulators.functions_host.errors import InvocationError
from emulators.functions_host.invocation import Invoker
from emulators.functions_host.stats import DurableStats

_log = logging.getLogger("Host.Durable")

_TIMEOUT = "FunctionTimeoutException: "


class EntityPool:
    """Takes waiting requests and trades each batch for new state and answers.

    *wake* hears which instances have an answer. Nothing of a batch is kept before all of it is:
    after a crash it runs again on the old state, so no operation is lost or applied twice.
    """

    def __init__(
        self,
        store: EntityStore,
        functions: DurableFunctions,
        invoker: Invoker,
        stats: DurableStats,
        settings: DurableSettings,
        wake: Callable[[str], None],
    ) -> None:
        self._store = store
        self._functions = functions
        self._invoker = invoker
        self._stats = stats
        self._batch_size = settings.max_entity_batch
        self._wake_instance = wake
        self._slots = asyncio.Semaphore(settings.max_entities)
        self._busy: dict[EntityId, asyncio.Task[None]] = {}
        # How many of an entity's next operations run alone, because their batch crashed.
        self._alone: dict[EntityId, int] = {}
        self._stopping = False

    def wake(self, entity: EntityId) -> None:
        """Look at the requests of *entity*, now or when its running batch is over."""
        if entity in self._busy or self._stopping:
            return
        task = asyncio.get_running_loop().create_task(self._drain(entity))
        self._busy[entity] = task
        task.add_done_callback(lambda done: self._settled(entity, done))

    async def stop(self, grace_seconds: float) -> None:
        """Start nothing more and give what runs *grace_seconds*; the rest runs again at restart."""
        self._stopping = True
        running = list(self._busy.values())
        if running:
            await asyncio.wait(running, timeout=grace_seconds)
        for task in running:
            task.cancel()

    async def _drain(self, entity: EntityId) -> None:
        while not self._stopping:
            async with self._slots:
                if not await self._step(entity):
                    # No await from the look at the requests to here: a wake cannot be missed.
                    del self._busy[entity]
                    return

    def _settled(self, entity: EntityId, task: asyncio.Task[None]) -> None:
        if self._busy.get(entity) is task:
            del self._busy[entity]
        if not task.cancelled() and (error := task.exception()):
            _log.error("entity %s is stuck until restart", entity, exc_info=error)

    async def _step(self, entity: EntityId) -> bool:
        """Run the next batch, if there is one; says whether there was."""
        limit = 1 if self._alone.get(entity) else self._batch_size
        batch = self._store.waiting(entity, limit)
        if not batch:
            return False
        if missing := self._functions.missing(EventType.EVENT_SENT, entity.name):
            # The requests stay, for a host whose app has the function again.
            _log.error("%d requests to entity %s wait: %s", len(batch), entity, missing)
            return False
        outcome = await self._run(entity, [request for _, request in batch])
        if outcome is None:
            self._alone[entity] = len(batch)
            return True
        self._count_down(entity)
        answered = self._store.commit(entity, [sequence for sequence, _ in batch], outcome)
        self._stats.entity_operations += len(batch)
        for instance_id in answered:
            self._wake_instance(instance_id)
        return True

    def _count_down(self, entity: EntityId) -> None:
        left = self._alone.pop(entity, 0) - 1
        if left > 0:
            self._alone[entity] = left

    async def _run(self, entity: EntityId, batch: list[EntityRequest]) -> BatchOutcome | None:
        """The outcome of *batch*, or None if it crashed and has to run one by one."""
        current = self._store.get(entity)
        function = self._functions.entities[entity.name]
        try:
            context = Datum(_context(entity, current, batch), "json")
            result = await self._invoker.invoke(function, context)
        except InvocationError as failure:
            timed_out = failure.exception.startswith(_TIMEOUT)
            # One operation may spoil its batch, as with a state that is not JSON. A timeout is
            # that of the batch (TaskEntityShim.cs).
            if len(batch) > 1 and not timed_out:
                return None
            return _crashed(entity, current, batch, failure)
        return _outcome(json.loads(result.value), batch)


def _context(entity: EntityId, current: Entity | None, batch: list[EntityRequest]) -> str:
    """The entity trigger's JSON (EntityTriggerAttributeBindingProvider.cs)."""
    operations = [
        {"name": one.operation, "input": one.input, "isSignal": one.signal} for one in batch
    ]
    return json.dumps(
        {
            "self": {"name": entity.name, "key": entity.key},
            "exists": current is not None,
            "state": None if current is None else current.state,
            "batch": operations,
        }
    )


def _outcome(answer_: dict[str, Any], batch: list[EntityRequest]) -> BatchOutcome:
    """What the function's answer means; state set before an error in an operation is kept."""
    results = zip(batch, answer_["results"], strict=True)
    return BatchOutcome(
        answer_["entityState"] if answer_["entityExists"] else None,
        [
            (request, answer(request, result["result"], error=result["isError"]))
            for request, result in results
            if not request.signal
        ],
    )


def _crashed(
    entity: EntityId, current: Entity | None, batch: list[EntityRequest], failure: InvocationError
) -> BatchOutcome:
    """The function failed outside of its operations: the state stays, callers get the error.

    The real host would run the batch again and again, and its callers would wait for ever.
    """
    signals = [request.operation for request in batch if request.signal]
    if signals:
        _log.error("signals %s to entity %s failed: %s", signals, entity, failure.exception)
    text = failure.exception.removeprefix(_TIMEOUT)
    # The SDK knows a timeout by its text, which is not JSON (ResponseMessage.py).
    result = text if text != failure.exception else json.dumps(text)
    return BatchOutcome(
        current.state if current else None,
        [(one, answer(one, result, error=True)) for one in batch if not one.signal],
    )
