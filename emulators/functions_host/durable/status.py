"""The JSON the management API shows of an instance (HttpApiHandler.cs, DurableClient.cs)."""

import json
from collections.abc import Sequence
from typing import Any

from emulators.functions_host.durable.events import Event, EventType
from emulators.functions_host.durable.records import Instance, Status

_MERGED = (EventType.TASK_SCHEDULED, EventType.SUB_ORCHESTRATION_INSTANCE_CREATED)
_HIDDEN_EVENTS = (EventType.ORCHESTRATOR_STARTED, EventType.ORCHESTRATOR_COMPLETED)
_HIDDEN_FIELDS = (
    "EventId",
    "IsPlayed",
    "TaskScheduledId",
    "TimerId",
    "Version",
    "OrchestrationInstance",
    "ParentInstance",
    "Tags",
)


def instance_payload(
    instance: Instance, *, show_input: bool, history: Sequence[dict[str, Any]] | None = None
) -> dict[str, Any]:
    """The body of a status query; *history* as :func:`history_payload` made it."""
    payload = {
        "name": instance.name,
        "instanceId": instance.instance_id,
        "runtimeStatus": str(instance.status),
        "input": _token(instance.input) if show_input else None,
        "customStatus": _token(instance.custom_status),
        "output": _token(instance.output),
        "createdTime": _whole_seconds(instance.created),
        "lastUpdatedTime": _whole_seconds(instance.updated),
    }
    if history is not None and instance.status is not Status.PENDING:
        payload["historyEvents"] = history
    return payload


def history_payload(
    history: Sequence[Event], *, show_output: bool, show_input: bool
) -> list[dict[str, Any]]:
    """The events as the API shows them: scheduling merged into completion, bookkeeping gone.

    Timers are not merged: both their events are shown.
    """
    scheduled = {event["EventId"]: event for event in history if event["EventType"] in _MERGED}
    completed = {event["TaskScheduledId"] for event in history if "TaskScheduledId" in event}
    return [
        _shown(event, scheduled, show_output=show_output, show_input=show_input)
        for event in history
        if event["EventType"] not in _HIDDEN_EVENTS
        and not (event["EventType"] in _MERGED and event["EventId"] in completed)
    ]


def _shown(
    event: Event, scheduled: dict[int, Event], *, show_output: bool, show_input: bool
) -> dict[str, Any]:
    shown: dict[str, Any] = {
        key: value for key, value in event.items() if key not in _HIDDEN_FIELDS
    }
    shown["EventType"] = EventType(event["EventType"]).wire_name
    if origin := scheduled.get(event.get("TaskScheduledId", -1)):
        shown["ScheduledTime"] = origin["Timestamp"]
        shown["FunctionName"] = origin["Name"]
        shown["Input"] = origin["Input"]
    if event["EventType"] == EventType.EXECUTION_STARTED:
        shown["FunctionName"] = shown.pop("Name")
    if not show_input:
        shown.pop("Input", None)
    if "Result" in shown:
        result = shown.pop("Result")
        if show_output:
            shown["Result"] = _token(result)
    return shown


def _token(text: str | None) -> Any:
    return None if text is None else json.loads(text)


def _whole_seconds(time: str) -> str:
    return f"{time[:19]}Z"
