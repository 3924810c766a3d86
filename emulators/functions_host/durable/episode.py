"""Runs one episode of an orchestration: history in, decision out; it stores nothing itself."""

import json
import logging
import uuid
from collections.abc import Sequence

from azure.functions.meta import Datum

from emulators.functions_host.durable import events, rows, versions
from emulators.functions_host.durable.actions import (
    OrchestratorResult,
    crash,
    read_failure,
)
from emulators.functions_host.durable.decisions import Decision, Outcome, Scheduled
from emulators.functions_host.durable.entity_messages import EntityId, EntityRequest
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
from emulators.functions_host.durable.replay import Replay, Rules
from emulators.functions_host.durable.sessions import Session
from emulators.functions_host.durable.settings import DurableSettings
from emulators.functions_host.durable.tasks import HTTP_ACTIVITY, Call, EntityMessage
from emulators.functions_host.errors import InvocationError
from emulators.functions_host.growing_text import Ending
from emulators.functions_host.invocation import Invoker

_log = logging.getLogger("Host.Durable")

# DurableOrchestrationContext.cs
_MAX_CUSTOM_STATUS_KILOBYTES = 16


class EpisodeRunner:
    """Knows how to ask an orchestrator what comes next."""

    def __init__(
        self, functions: DurableFunctions, invoker: Invoker, settings: DurableSettings
    ) -> None:
        self._functions = functions
        self._invoker = invoker
        self._settings = settings

    async def run(self, instance: Instance, session: Session, batch: list[Message]) -> Episode:
        """The episode in which *instance* receives *batch*.

        The walk in *session* is moved on, and is to be given up if the episode is not committed.
        """
        inbound = [message.event for message in batch]
        started = events.event(EventType.ORCHESTRATOR_STARTED)
        if not versions.accepts(self._settings, instance.version):
            return _fail(instance, [started, *inbound], batch, versions.MISMATCH)
        kind = inbound[0]["EventType"]
        if kind == EventType.EXECUTION_TERMINATED:
            return _terminate(instance, [started, *inbound], batch)
        if kind in (EventType.EXECUTION_SUSPENDED, EventType.EXECUTION_RESUMED):
            suspended = kind == EventType.EXECUTION_SUSPENDED
            status = Status.SUSPENDED if suspended else Status.RUNNING
            completed = rows.orchestrator_completed(0, retrying=session.retrying)
            new = [started, *inbound, completed]
            return _note(instance, new, batch, status)
        return await self._execute(instance, session, [started, *inbound], batch)

    async def _execute(
        self, instance: Instance, session: Session, new: list[Event], batch: list[Message]
    ) -> Episode:
        if session.replay is not None and session.replay.waits_for_more(new):
            result = session.replay.result
        else:
            result = await self._invoke(instance, session, new)
        replay, past = self._resume(instance, session, result)
        decision = replay.step(result, new, past)
        added = self._scheduled_rows(instance, decision)
        requests = _requests(added)
        added += _completion_rows(replay, decision, result)
        replay.settle(added)
        episode = Episode(
            instance,
            Status.RUNNING,
            events.played([*new, *added]),
            batch,
            custom_status=_custom_status(instance, result),
            timers=[(one.id, one.fire_at) for one in decision.scheduled if one.fire_at],
            cancelled_timers=decision.cancelled_timers,
            entity_requests=requests,
        )
        self._add_calls(episode, decision.scheduled)
        if decision.outcome is not None:
            _end(episode, decision.outcome, decision.unused)
        return episode

    def _resume(
        self,
        instance: Instance,
        session: Session,
        result: OrchestratorResult,
    ) -> tuple[Replay, list[Event]]:
        """The walk to go on with, and what it has not seen of the past."""
        if session.replay is not None and session.replay.accepts(result):
            return session.replay, []
        session.replay = Replay(instance.name, self._rules(instance))
        return session.replay, session.past()

    def _scheduled_rows(self, instance: Instance, decision: Decision) -> list[Event]:
        store_inputs = self._settings.store_inputs
        return [
            rows.scheduled_row(instance, work, store_inputs=store_inputs)
            for work in decision.scheduled
        ]

    async def _invoke(
        self, instance: Instance, session: Session, new: list[Event]
    ) -> OrchestratorResult:
        kind = EventType.SUB_ORCHESTRATION_INSTANCE_CREATED
        if missing := self._functions.missing(kind, instance.name):
            return crash(missing)
        function = self._functions.orchestrators[instance.name.lower()]
        sleep = self._settings.http_sleep_milliseconds
        rest = _context(instance, new, sleep, is_replaying=bool(session.history))
        context = Datum(Ending(session.text, rest), "json")
        try:
            answer = await self._invoker.invoke(function, context)
            result = session.answers.read(answer.value)
        except InvocationError as failure:
            _log.debug("Orchestrator %s raised: %s", instance.name, failure.exception)
            result = read_failure(failure.exception)
        return _check_custom_status(result)

    def _rules(self, instance: Instance) -> Rules:
        def refusal(call: Call | EntityMessage) -> str | None:
            if isinstance(call, EntityMessage):
                return self._functions.missing(EventType.EVENT_SENT, call.entity.name)
            if call.name == HTTP_ACTIVITY:
                return None
            missing = self._functions.missing(call.kind, call.name)
            return missing or _id_refusal(instance, call)

        return Rules(refusal, self._settings.max_actions)

    def _add_calls(self, episode: Episode, scheduled: list[Scheduled]) -> None:
        for work in scheduled:
            call = work.call
            if not isinstance(call, Call):
                continue
            if work.kind is EventType.TASK_SCHEDULED:
                episode.activities.append((work.id, call.name, call.input))
                continue
            version = call.action.get("version")
            episode.children.append(
                NewInstance(
                    instance_id=rows.child_id(episode.instance, work),
                    name=call.name,
                    execution_id=uuid.uuid4().hex,
                    input=json.dumps(call.input),
                    version=self._settings.default_version if version is None else version,
                    parent=Parent(
                        episode.instance.instance_id, episode.instance.execution_id, work.id
                    ),
                )
            )


def _requests(added: list[Event]) -> list[EntityRequest]:
    """What the EventSent rows among *added* send."""
    return [
        EntityRequest.from_json(EntityId.parse(row["InstanceId"]), row["Input"])
        for row in added
        if row["EventType"] == EventType.EVENT_SENT
    ]


def _context(instance: Instance, new: list[Event], sleep: int, *, is_replaying: bool) -> str:
    """The orchestration trigger's JSON behind the session's text; stored JSON goes in as it is.

    The two timer durations are left out, as MSSQL and the Durable Task Scheduler do, so that the
    SDK makes one timer of any length instead of three-day hops.
    """
    parent = instance.parent
    return (
        f"{events.to_json(new)}],"
        f'"input":{"null" if instance.input is None else instance.input},'
        f'"instanceId":{json.dumps(instance.instance_id)},'
        f'"parentInstanceId":{json.dumps(parent and parent.instance_id)},'
        f'"isReplaying":{"true" if is_replaying else "false"},'
        '"upperSchemaVersion":1,"upperSchemaVersionNew":2,'
        f'"defaultHttpAsyncRequestSleepTimeMillseconds":{sleep}}}'
    )


def _id_refusal(instance: Instance, call: Call) -> str | None:
    chosen = call.action.get("instanceId")
    if not chosen:
        return None
    if chosen.startswith("@"):
        return "the id of a sub-orchestration must not start with '@'"
    if chosen in (instance.instance_id, instance.parent and instance.parent.instance_id):
        return "a sub-orchestration cannot have the id of its caller or of its caller's parent"
    return None


def _completion_rows(replay: Replay, decision: Decision, result: OrchestratorResult) -> list[Event]:
    completed = rows.orchestrator_completed(
        len(result.actions), retrying=replay.retrying, awaits=replay.awaited_events
    )
    if decision.outcome is None:
        return [completed]
    return [rows.execution_completed(decision.next_id, decision.outcome), completed]


def _check_custom_status(result: OrchestratorResult) -> OrchestratorResult:
    """*result*, or the error of a custom status that is too big (MessagePayloadDataConverter)."""
    text = json.dumps(result.custom_status, ensure_ascii=False, separators=(",", ":"))
    kilobytes = len(text.encode("utf-16-le", "surrogatepass")) // 1024
    if kilobytes <= _MAX_CUSTOM_STATUS_KILOBYTES:
        return result
    return OrchestratorResult(
        result.actions,
        error="The UTF-16 size of the JSON-serialized payload must not exceed "
        f"{_MAX_CUSTOM_STATUS_KILOBYTES} KB. The current payload size is {kilobytes} KB.",
    )


def _custom_status(instance: Instance, result: OrchestratorResult) -> str | None:
    # The SDK leaves a falsy status out, so it can be changed but not cleared.
    status = result.custom_status
    return instance.custom_status if status is None else json.dumps(status)


def _end(episode: Episode, outcome: Outcome, unused: Sequence[Event] = ()) -> None:
    instance = episode.instance
    if outcome.status == Status.CONTINUED_AS_NEW:
        # Events that nobody took stay in the inbox, for the next execution.
        kept = {id(event) for event in unused}
        episode.consumed = [one for one in episode.consumed if id(one.event) not in kept]
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
        episode.to_parent = rows.report_to(instance.parent, outcome)


def _terminate(instance: Instance, new: list[Event], batch: list[Message]) -> Episode:
    outcome = Outcome(Status.TERMINATED, json.dumps(batch[0].event["Input"]))
    return _end_now(instance, new, batch, outcome)


def _fail(instance: Instance, new: list[Event], batch: list[Message], error: str) -> Episode:
    return _end_now(instance, new, batch, Outcome(Status.FAILED, json.dumps(error)))


def _end_now(
    instance: Instance, new: list[Event], batch: list[Message], outcome: Outcome
) -> Episode:
    ended = rows.execution_completed(events.INBOUND, outcome)
    new = [*new, ended, rows.orchestrator_completed(0, retrying=False)]
    episode = _note(instance, new, batch, Status(outcome.status))
    _end(episode, outcome)
    return episode


def _note(instance: Instance, new: list[Event], batch: list[Message], status: Status) -> Episode:
    """An episode in which the orchestrator does not run."""
    return Episode(
        instance, status, events.played(new), batch, custom_status=instance.custom_status
    )
