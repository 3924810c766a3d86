"""Says how a replay departs from its history, in the terms of DurableTask.Core."""

from emulators.functions_host.durable.decisions import Scheduled
from emulators.functions_host.durable.events import Event, EventType

_PREFIX = (
    "Non-Deterministic workflow detected: A previous execution of this orchestration scheduled"
)
_QUESTION = (
    "Was a change made to the orchestrator code after this instance had already started running?"
)
_ACTION_CLASSES = {
    EventType.TASK_SCHEDULED: "ScheduleTaskOrchestratorAction",
    EventType.SUB_ORCHESTRATION_INSTANCE_CREATED: "CreateSubOrchestrationAction",
    EventType.TIMER_CREATED: "CreateTimerOrchestratorAction",
    EventType.EVENT_SENT: "SendEventOrchestratorAction",
}
_NOUNS = {
    EventType.TASK_SCHEDULED: "an activity task",
    EventType.SUB_ORCHESTRATION_INSTANCE_CREATED: "a sub-orchestration task",
    EventType.TIMER_CREATED: "a timer task",
    EventType.EVENT_SENT: "a send event task",
}


def departure(id_: int, row: Event, now: Scheduled | None) -> str | None:
    """The error if *row*, recorded under *id_*, is not what the code schedules *now*."""
    kind = EventType(row["EventType"])
    recorded = row.get("Name") or ""
    was = f"{_PREFIX} {_NOUNS[kind]} with sequence ID {id_}{_details(kind, row)}, but the current"
    if now is None:
        return f"{was} replay execution hasn't (yet?) scheduled this task. {_QUESTION}"
    if now.kind is not kind:
        return (
            f"{was} orchestration replay instead produced a {_ACTION_CLASSES[now.kind]} action "
            f"with this sequence number. {_QUESTION}"
        )
    if now.name.lower() != recorded.lower():
        return (
            f"{was} orchestration replay instead scheduled {_NOUNS[kind]} named '{now.name}' with "
            f"this sequence number. {_QUESTION}"
        )
    return None


def _details(kind: EventType, row: Event) -> str:
    if kind is EventType.TIMER_CREATED:
        return ""
    target = f" (instance ID '{row['InstanceId']}')" if row.get("InstanceId") else ""
    return f" and name '{row.get('Name') or ''}'{target}"
