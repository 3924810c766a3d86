"""Runs one episode of an orchestration: history in, decision out; it stores nothing itself."""

import json
import logging
import uuid

from azure.functions.meta import Datum

from emulators.functions_host.durable import events
from emulators.functions_host.durable.actions import (
    OrchestratorResult,
    crash,
    read_failure,
    read_result,
)
from emulators.functions_host.durable.events import Event, EventType
from emulators.functions_host.durable.functions import DurableFunctions
from emulators.functions_host.durable.records import (
    Episode,
    Instance,
    Message,
    NewInstance,
    Parent,
    Status,
)
from emulators.functions_host.durable.replay import Decision, Outcome, Replay, Rules, Scheduled
from emulators.functions_host.durable.tasks import Call
from emulators.functions_host.errors import InvocationError
from emulators.functions_host.host_json import DurableSettings
from emulators.functions_host.invocation import Invoker

_log = logging.getLogger("Host.Durable")

# DurableOrchestrationContext.cs: 16 KB of UTF-16.
_MAX_CUSTOM_STATUS_CHARACTERS = 8 * 1024


class EpisodeRunner:
    """Knows how to ask an orchestrator what comes next."""

    def __init__(
        self, functions: DurableFunctions, invoker: Invoker, settings: DurableSettings
    ) -> None:
        self._functions = functions
        self._invoker = invoker
        self._settings = settings

    async def run(self, instance: Instance, history: list[str], batch: list[Message]) -> Episode:
        """The episode in which *instance* receives *batch*."""
        inbound = [message.event for message in batch]
        started = events.event(EventType.ORCHESTRATOR_STARTED)
        kind = inbound[0]["EventType"]
        if kind == EventType.EXECUTION_TERMINATED:
            return _terminate(instance, [started, *inbound], batch)
        if kind in (EventType.EXECUTION_SUSPENDED, EventType.EXECUTION_RESUMED):
            suspended = kind == EventType.EXECUTION_SUSPENDED
            status = Status.SUSPENDED if suspended else Status.RUNNING
            new = [started, *inbound, _completed(0, retrying=is_retrying(history))]
            return _note(instance, new, batch, status)
        return await self._execute(instance, history, [started, *inbound], batch)

    async def _execute(
        self, instance: Instance, history: list[str], new: list[Event], batch: list[Message]
    ) -> Episode:
        result = await self._invoke(instance, history, new)
        past = [event for episode in history for event in events.from_json(episode)]
        replay = Replay(instance.name, result, self._rules(instance))
        decision = replay.run([*past, *new])
        rows = [_scheduled_row(instance, work) for work in decision.scheduled]
        rows += _completion_rows(
            decision, result, retrying=replay.retrying, awaits=replay.awaited_events
        )
        episode = Episode(
            instance,
            Status.RUNNING,
            events.played([*new, *rows]),
            batch,
            custom_status=_custom_status(instance, result),
            timers=[(one.id, one.fire_at) for one in decision.scheduled if one.fire_at],
            cancelled_timers=decision.cancelled_timers,
        )
        self._add_calls(episode, decision.scheduled)
        if decision.outcome is not None:
            _end(episode, decision.outcome)
        return episode

    async def _invoke(
        self, instance: Instance, history: list[str], new: list[Event]
    ) -> OrchestratorResult:
        kind = EventType.SUB_ORCHESTRATION_INSTANCE_CREATED
        if missing := self._functions.missing(kind, instance.name):
            return crash(missing)
        function = self._functions.orchestrators[instance.name.lower()]
        context = Datum(_context(instance, history, new), "json")
        try:
            answer = await self._invoker.invoke(function, context)
            result = read_result(answer.value)
        except InvocationError as failure:
            _log.debug("Orchestrator %s raised: %s", instance.name, failure.exception)
            result = read_failure(failure.exception)
        if (
            len(json.dumps(result.custom_status, ensure_ascii=False))
            > _MAX_CUSTOM_STATUS_CHARACTERS
        ):
            return OrchestratorResult(result.actions, error="the custom status exceeds 16 KB")
        return result

    def _rules(self, instance: Instance) -> Rules:
        def refusal(call: Call) -> str | None:
            missing = self._functions.missing(call.kind, call.name)
            return missing or _id_refusal(instance, call)

        return Rules(refusal, self._settings.max_actions)

    def _add_calls(self, episode: Episode, scheduled: list[Scheduled]) -> None:
        for work in scheduled:
            call = work.call
            if call is None:
                continue
            if work.kind is EventType.TASK_SCHEDULED:
                episode.activities.append((work.id, call.name, call.action["input"]))
                continue
            version = call.action.get("version")
            episode.children.append(
                NewInstance(
                    instance_id=_child_id(episode.instance, work),
                    name=call.name,
                    execution_id=uuid.uuid4().hex,
                    input=json.dumps(call.action["input"]),
                    version=self._settings.default_version if version is None else version,
                    parent=Parent(
                        episode.instance.instance_id, episode.instance.execution_id, work.id
                    ),
                )
            )


def _context(instance: Instance, history: list[str], new: list[Event]) -> str:
    """The orchestration trigger's JSON; stored JSON text goes in as it is.

    The two timer durations are left out, as MSSQL and the Durable Task Scheduler do, so that the
    SDK makes one timer of any length instead of three-day hops.
    """
    parent = instance.parent
    return (
        f'{{"history":[{",".join([*history, events.to_json(new)])}],'
        f'"input":{"null" if instance.input is None else instance.input},'
        f'"instanceId":{json.dumps(instance.instance_id)},'
        f'"parentInstanceId":{json.dumps(parent and parent.instance_id)},'
        f'"isReplaying":{"true" if history else "false"},'
        '"upperSchemaVersion":1,"upperSchemaVersionNew":2,'
        '"defaultHttpAsyncRequestSleepTimeMillseconds":30000}'
    )


def _scheduled_row(instance: Instance, work: Scheduled) -> Event:
    if work.call is None:
        return events.event(work.kind, work.id, FireAt=work.fire_at)
    row = events.event(work.kind, work.id, Name=work.name, Version=None, Input=None)
    if work.kind is EventType.SUB_ORCHESTRATION_INSTANCE_CREATED:
        row["InstanceId"] = _child_id(instance, work)
    return row


def _child_id(instance: Instance, work: Scheduled) -> str:
    chosen = work.call.action.get("instanceId") if work.call else None
    return chosen or f"{instance.execution_id}:{work.id}"


def _id_refusal(instance: Instance, call: Call) -> str | None:
    chosen = call.action.get("instanceId")
    if not chosen:
        return None
    if chosen.startswith("@"):
        return "the id of a sub-orchestration must not start with '@'"
    if chosen in (instance.instance_id, instance.parent and instance.parent.instance_id):
        return "a sub-orchestration cannot have the id of its caller or of its caller's parent"
    return None


def _completion_rows(
    decision: Decision, result: OrchestratorResult, *, retrying: bool, awaits: list[str]
) -> list[Event]:
    rows = [_completed(len(result.actions), retrying=retrying, awaits=awaits)]
    if decision.outcome is not None:
        rows.insert(0, _execution_completed(decision.next_id, decision.outcome))
    return rows


def _completed(actions: int, *, retrying: bool, awaits: list[str] | None = None) -> Event:
    # This engine's own notes: Actions and Retrying for replay and batching, Awaits for people.
    kind = EventType.ORCHESTRATOR_COMPLETED
    row = events.event(kind, Actions=actions, Retrying=retrying)
    return row if awaits is None else {**row, "Awaits": awaits}


def is_retrying(history: list[str]) -> bool:
    """Whether the last episode left a call open that may be retried."""
    return bool(history) and bool(events.from_json(history[-1])[-1].get("Retrying"))


def _execution_completed(event_id: int, outcome: Outcome) -> Event:
    return events.event(
        EventType.EXECUTION_COMPLETED,
        event_id,
        OrchestrationStatus=outcome.status,
        Result=outcome.output,
    )


def _custom_status(instance: Instance, result: OrchestratorResult) -> str | None:
    # The SDK leaves a falsy status out, so it can be changed but not cleared.
    status = result.custom_status
    return instance.custom_status if status is None else json.dumps(status)


def _end(episode: Episode, outcome: Outcome) -> None:
    instance = episode.instance
    if outcome.status == Status.CONTINUED_AS_NEW:
        episode.next_execution = NewInstance(
            instance.instance_id,
            instance.name,
            uuid.uuid4().hex,
            outcome.output,
            instance.version,
            instance.parent,
        )
        return
    episode.status = Status(outcome.status)
    episode.output = outcome.output
    if instance.parent is not None:
        episode.to_parent = _report(instance.parent, outcome)


def _report(parent: Parent, outcome: Outcome) -> Event:
    if outcome.status == Status.COMPLETED:
        return events.event(
            EventType.SUB_ORCHESTRATION_INSTANCE_COMPLETED,
            TaskScheduledId=parent.task_id,
            Result=outcome.output,
        )
    return events.event(
        EventType.SUB_ORCHESTRATION_INSTANCE_FAILED,
        TaskScheduledId=parent.task_id,
        Reason=json.loads(outcome.output or "null"),
        Details=None,
    )


def _terminate(instance: Instance, new: list[Event], batch: list[Message]) -> Episode:
    outcome = Outcome(Status.TERMINATED, json.dumps(batch[0].event["Input"]))
    rows = [_execution_completed(events.INBOUND, outcome), _completed(0, retrying=False)]
    episode = _note(instance, [*new, *rows], batch, Status.TERMINATED)
    _end(episode, outcome)
    return episode


def _note(instance: Instance, new: list[Event], batch: list[Message], status: Status) -> Episode:
    """An episode in which the orchestrator does not run."""
    return Episode(
        instance, status, events.played(new), batch, custom_status=instance.custom_status
    )
