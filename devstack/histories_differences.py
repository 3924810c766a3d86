"""How a replay differs from its history, in words for whoever has changed the saga."""

import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Self

from devstack.histories import Row
from emulators.functions_host.durable.actions import ActionType, OrchestratorResult
from emulators.functions_host.durable.decisions import Outcome, Scheduled
from emulators.functions_host.durable.events import EventType

GUIDE = "docs/changing-sagas.md"

_NOUNS = {
    EventType.TASK_SCHEDULED: "activity",
    EventType.SUB_ORCHESTRATION_INSTANCE_CREATED: "sub-orchestration",
    EventType.TIMER_CREATED: "timer",
    EventType.EVENT_SENT: "message to an entity",
}
_BREAKS = (
    "An order in flight with this in its history fails as non-deterministic.\n"
    "Leave what instances of its version do as it is, and branch on context.version for new ones"
)
_PASSES_ON = (
    "An order in flight replays, yet code of both versions runs during a deployment.\n"
    "Add fields, never rename, remove or retype them"
)
_GOES_ELSEWHERE = (
    "An order in flight replays up to here, and then ends its way otherwise than it began it.\n"
    "Branch on context.version to keep its way; if it is to go the new one, record this path anew"
)
_CHANGES_ITS_MIND = (
    "Nobody changed the history in between: the orchestrator reads what is not in it.\n"
    "Take time, ids and settings from the context and the input"
)


@dataclass(frozen=True, slots=True)
class Difference:
    """The first thing that today's code does otherwise; *episode* counts its runs."""

    recorded: str
    today: str
    advice: str
    episode: int = 0
    episodes: int = 0

    def at(self, episode: int, episodes: int) -> Self:
        """The same, in its place."""
        return replace(self, episode=episode, episodes=episodes)

    def __str__(self) -> str:
        return (
            f"step {self.episode} of {self.episodes}\n"
            f"  recorded: {self.recorded}\n"
            f"  today:    {self.today}\n"
            f"{_indented(self.advice)} ({GUIDE})."
        )


def departs(row: Row, work: Scheduled) -> Difference:
    """Another action has the id of a recorded one."""
    return Difference(_recorded(row), _scheduled(work), _BREAKS)


def forgets(row: Row, outcome: Outcome | None, awaited: Sequence[str]) -> Difference:
    """A recorded action is not asked for."""
    return Difference(_recorded(row), _instead(outcome, awaited), _BREAKS)


def adds(work: Scheduled) -> Difference:
    """Something is asked for that was never recorded there."""
    return Difference("nothing more", _scheduled(work), _GOES_ELSEWHERE)


def ends_otherwise(
    recorded: Outcome | None, today: Outcome | None, result: OrchestratorResult
) -> Difference:
    """The execution ends there, in another way or only in one of the two."""
    awaited = [] if today else _awaited(result)
    return Difference(_instead(recorded, []), _instead(today, awaited), _GOES_ELSEWHERE)


def passes_less(row: Row, lost: Sequence[str]) -> Difference:
    """The same action, given less than before."""
    return Difference(_recorded(row), f"the same, but {'; '.join(lost)}", _PASSES_ON)


def rewrites(result: OrchestratorResult, past: Sequence[Row]) -> Difference:
    """The orchestrator takes back what it asked for a moment ago."""
    asked = sum(row["EventType"] in _NOUNS for row in past)
    now = "what it asks for now differs from what it asked for a step ago"
    if result.crashed:
        now = f"it does not run: {_first_line(result.error or '')}"
    return Difference(f"the {asked} actions so far", now, _CHANGES_ITS_MIND)


def _recorded(row: Row) -> str:
    kind = EventType(row["EventType"])
    name = row.get("InstanceId") if kind is EventType.EVENT_SENT else row.get("Name")
    return _action(kind, name or "", row["EventId"])


def _scheduled(work: Scheduled) -> str:
    return _action(work.kind, work.name, work.id)


def _action(kind: EventType, name: str, id_: int) -> str:
    return f"{_NOUNS[kind]}{f' {name}' if name else ''} (id {id_})"


def _instead(outcome: Outcome | None, awaited: Sequence[str]) -> str:
    if outcome:
        text = outcome.output if outcome.output is not None else "nothing"
        if outcome.status == "Failed":
            text = _first_line(str(json.loads(text)))
        return f"the end, {outcome.status} with {text}"
    if awaited:
        return f"waits for the event {', '.join(awaited)}"
    return "nothing more, and no end"


def _awaited(result: OrchestratorResult) -> list[str]:
    waits = ActionType.WAIT_FOR_EXTERNAL_EVENT
    last = result.actions[-1:]
    return [one["externalEventName"] for one in last if one["actionType"] == waits]


def _first_line(text: str) -> str:
    return text.strip().partition("\n")[0]


def _indented(text: str) -> str:
    return "\n".join(f"  {line}" for line in text.splitlines())
