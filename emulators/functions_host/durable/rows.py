"""The history rows an episode adds, as ``DurableTask.Core`` writes them."""

import json

from emulators.functions_host.durable import events
from emulators.functions_host.durable.decisions import Outcome, Scheduled
from emulators.functions_host.durable.entity_messages import (
    REQUEST_EVENT,
    EntityRequest,
    new_request_id,
)
from emulators.functions_host.durable.events import Event, EventType
from emulators.functions_host.durable.records import Instance, Parent, Status
from emulators.functions_host.durable.tasks import Call, EntityMessage


def scheduled_row(instance: Instance, work: Scheduled, *, store_inputs: bool) -> Event:
    """The row of new work; inputs of calls are in it only if host.json wants them there."""
    if isinstance(work.call, EntityMessage):
        return _sent_row(instance, work.id, work.call)
    if work.call is None:
        return events.event(work.kind, work.id, FireAt=work.fire_at)
    row = events.event(work.kind, work.id, Name=work.name, Version=None, Input=None)
    child = work.kind is EventType.SUB_ORCHESTRATION_INSTANCE_CREATED
    if store_inputs:
        row["Input"] = _stored_input(work.call, child=child)
    if child:
        row["InstanceId"] = child_id(instance, work)
    return row


def _stored_input(call: Call, *, child: bool) -> str:
    # An activity's arguments are an array of one (TaskActivityShim.cs).
    return json.dumps(call.input if child else [call.input])


def _sent_row(instance: Instance, id_: int, message: EntityMessage) -> Event:
    # The id is in the row, so replays find it there however often they run.
    request = EntityRequest(
        message.entity,
        message.action.get("operation", ""),
        # Encoded once more: the SDK decodes twice.
        json.dumps(message.action["input"]),
        message.signal,
        new_request_id(),
        instance.instance_id,
        instance.execution_id,
    )
    return events.event(
        EventType.EVENT_SENT,
        id_,
        InstanceId=str(request.entity),
        Name=REQUEST_EVENT,
        Input=request.to_json(),
    )


def child_id(instance: Instance, work: Scheduled) -> str:
    """The id of the sub-orchestration *work* starts."""
    chosen = work.call.action.get("instanceId") if work.call else None
    return chosen or f"{instance.execution_id}:{work.id}"


def orchestrator_completed(
    actions: int, *, retrying: bool, awaits: list[str] | None = None
) -> Event:
    """The end of an episode, with this engine's own notes.

    *actions* is for replay, *retrying* for batching, *awaits*, the awaited events, for people.
    """
    row = events.event(EventType.ORCHESTRATOR_COMPLETED, Actions=actions)
    if retrying:
        row["Retrying"] = True
    if awaits:
        row["Awaits"] = awaits
    return row


def without_notes(episode: str) -> str:
    """An episode's JSON without this engine's own notes, as orchestrators are to see it.

    The SDK reads every key of every row at every replay. The notes are the end of the last row;
    inside of a string, the quotes would be escaped.
    """
    end = episode.rfind(',"Actions":')
    return episode if end < 0 else episode[:end] + "}"


def is_retrying(episode: list[Event]) -> bool:
    """Whether *episode* left a call open that may be retried."""
    return bool(episode[-1].get("Retrying"))


def execution_completed(event_id: int, outcome: Outcome) -> Event:
    """The end of an execution."""
    return events.event(
        EventType.EXECUTION_COMPLETED,
        event_id,
        OrchestrationStatus=outcome.status,
        Result=outcome.output,
    )


def report_to(parent: Parent, outcome: Outcome) -> Event:
    """What a sub-orchestration's parent hears of its end."""
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
