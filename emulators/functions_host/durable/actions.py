"""What an orchestrator answers: its cumulative action list and whether it is done."""

import json
import re
from dataclasses import dataclass, field, replace
from enum import IntEnum
from typing import Any

Action = dict[str, Any]

# What comes before the actions in the SDK's answers.
_HEAD = re.compile(r'\{"isDone": (?:true|false), "schemaVersion": \d+, "actions": \[\[')
_SEPARATOR = ", "
_decode = json.JSONDecoder().raw_decode

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


@dataclass(slots=True)
class AnswerReader:
    """Reads the answers of one execution, and of each only the actions that are new.

    An answer repeats the actions of the one before. Where it repeats them to the letter, they need
    not be parsed again: a text that begins alike, up to the end of an action, means the same.
    """

    _text: str = ""
    _actions: list[Action] = field(default_factory=list)

    @property
    def size(self) -> int:
        """How many characters it keeps."""
        return len(self._text)

    def read(self, text: str) -> OrchestratorResult:
        """What :func:`read_result` says of *text*; known actions are the same objects again."""
        head = _HEAD.match(text)
        if head is None:
            return read_result(text)
        start = head.end()
        if not text.startswith(self._text, start):
            self._text, self._actions = "", []
        actions = [*self._actions]
        end = start + len(self._text)
        while not text.startswith("]", end):
            if actions and not text.startswith(_SEPARATOR, end):
                return read_result(text)
            action, end = _decode(text, end + (len(_SEPARATOR) if actions else 0))
            actions.append(action)
        self._text, self._actions = text[start:end], actions
        return replace(read_result(text[:start] + text[end:]), actions=actions)


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
