"""What an orchestrator answers: its cumulative action list and whether it is done."""

import json
from dataclasses import dataclass
from enum import IntEnum
from typing import Any

Action = dict[str, Any]

# The SDK raises with its state appended to the error (OutOfProcExceptionHelpers.cs).
_STATE_MARKER = "$OutOfProcData$:"


class ActionType(IntEnum):
    """The numbers of ``azure.durable_functions.models.actions.ActionType``."""

    CALL_ACTIVITY = 0
    CALL_ACTIVITY_WITH_RETRY = 1
    CALL_SUB_ORCHESTRATOR = 2
    CALL_SUB_ORCHESTRATOR_WITH_RETRY = 3
    CONTINUE_AS_NEW = 4
    CREATE_TIMER = 5
    WAIT_FOR_EXTERNAL_EVENT = 6
    CALL_ENTITY = 7
    CALL_HTTP = 8
    SIGNAL_ENTITY = 9
    WHEN_ANY = 11
    WHEN_ALL = 12


@dataclass(frozen=True, slots=True)
class OrchestratorResult:
    """One run of an orchestrator over its whole history.

    With *crashed* the error came from outside the user's code, so the actions are unknown.
    """

    actions: list[Action]
    is_done: bool = False
    output: Any = None
    error: str | None = None
    custom_status: Any = None
    crashed: bool = False


def crash(error: str) -> OrchestratorResult:
    """The result of an orchestrator that could not run to its next await."""
    return OrchestratorResult(actions=[], error=error, crashed=True)


def read_result(text: str) -> OrchestratorResult:
    """Read the state an orchestrator returned.

    Schema V2 and V3 send one inner list that grows from the start of the execution.
    """
    state = json.loads(text)
    (actions,) = state["actions"]
    return OrchestratorResult(
        actions=actions,
        is_done=state["isDone"],
        output=state.get("output"),
        error=state.get("error"),
        custom_status=state.get("customStatus"),
    )


def read_failure(text: str) -> OrchestratorResult:
    """Read the text of the exception an orchestrator raised; without a state in it, a crash."""
    message, marker, state = text.rpartition(_STATE_MARKER)
    if not marker:
        return crash(text)
    result = read_result(state)
    return OrchestratorResult(
        actions=result.actions,
        error=result.error or message.strip(),
        custom_status=result.custom_status,
    )
