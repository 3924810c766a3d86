"""Replays a recorded history through the orchestrator of today, as the host would.

An order may be in flight at any moment of its history. So the orchestrator is run at each of them,
through the SDK, and what it asks for is held against what the history has next. Ids, kinds and
names are compared as DurableTask.Core does on replay; beyond that, the fields of what is passed on.

Of an app, only the orchestrator is needed: ``first_difference(History.read(file), orchestrator)``.
"""

import json
import warnings
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from azure.durable_functions import Orchestrator

from devstack.histories import History, HistoryError, Row
from devstack.histories_differences import (
    Difference,
    adds,
    departs,
    ends_otherwise,
    forgets,
    passes_less,
    rewrites,
)
from devstack.histories_shapes import lost_of_call
from emulators.functions_host.durable.actions import OrchestratorResult, read_failure, read_result
from emulators.functions_host.durable.decisions import Decision, Outcome, Scheduled
from emulators.functions_host.durable.determinism import departure
from emulators.functions_host.durable.events import SCHEDULED, EventType
from emulators.functions_host.durable.functions import DurableFunctions
from emulators.functions_host.durable.replay import Replay, Rules
from emulators.functions_host.durable.rows import orchestrator_completed
from emulators.functions_host.durable.tasks import HTTP_ACTIVITY, Call, EntityMessage

MAX_ACTIONS = 100_000

# The host does not ask the orchestrator what it makes of these.
_UNASKED = frozenset(
    {
        EventType.EXECUTION_SUSPENDED,
        EventType.EXECUTION_RESUMED,
        EventType.EXECUTION_TERMINATED,
        EventType.EXECUTION_REWOUND,
    }
)


@dataclass(frozen=True, slots=True)
class _Episode:
    """One run of the orchestrator: what it was told, and what the history then has."""

    inbound: Sequence[Row]
    scheduled: Sequence[Row]
    ended: Row | None
    rows: Sequence[Row]

    @property
    def asks(self) -> bool:
        """Whether the host ran the orchestrator for it."""
        return not any(row["EventType"] in _UNASKED for row in self.inbound)


def first_difference(
    history: History, orchestrator: Callable[..., Any], functions: DurableFunctions | None = None
) -> Difference | None:
    """Where *orchestrator* first does other than *history* has; None: orders in flight survive.

    *orchestrator* is a plain function or a registered one. With *functions*, what it calls must be
    among them.

    Raises:
        HistoryError: the rows are not those of an execution from its start.
    """
    return _Check(history, orchestrator, functions).run()


class _Check:
    """A walk along a history, with today's orchestrator and the host's half beside it."""

    def __init__(
        self,
        history: History,
        orchestrator: Callable[..., Any],
        functions: DurableFunctions | None,
    ) -> None:
        self._history = history
        registered = hasattr(orchestrator, "orchestrator_function")
        self._handle = orchestrator if registered else Orchestrator.create(orchestrator)
        self._host = Replay(history.saga, Rules(_refusal(functions), MAX_ACTIONS))
        self._past: list[Row] = []

    def run(self) -> Difference | None:
        """The first difference, if any."""
        episodes = list(_episodes(self._history))
        for number, episode in enumerate(episodes, start=1):
            found = self._differs(episode) if episode.asks else None
            if found:
                return found.at(number, len(episodes))
            self._past += episode.rows
        return None

    def _differs(self, episode: _Episode) -> Difference | None:
        result = self._answer(episode.inbound)
        if not self._host.accepts(result):
            return rewrites(result, self._past)
        decision = self._host.step(result, episode.inbound)
        found = self._compare(episode, decision, result)
        completed = orchestrator_completed(len(result.actions), retrying=False)
        self._host.settle([*episode.scheduled, completed])
        return found

    def _answer(self, inbound: Sequence[Row]) -> OrchestratorResult:
        """What the SDK says to the very body that the host would send."""
        new = [{**row, "IsPlayed": False} for row in inbound]
        body = {
            "history": [*self._past, *new],
            "input": self._history.input,
            "instanceId": self._history.instance_id,
            "parentInstanceId": self._history.parent_instance_id,
            "isReplaying": bool(self._past),
            "upperSchemaVersion": 1,
            "upperSchemaVersionNew": 2,
            "defaultHttpAsyncRequestSleepTimeMillseconds": 30_000,
        }
        # In a worker, warnings are never errors, as they may be in tests.
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            try:
                return read_result(self._handle(json.dumps(body)))
            except Exception as failure:  # how the SDK tells that the orchestrator raised
                return read_failure(str(failure))

    def _compare(
        self, episode: _Episode, decision: Decision, result: OrchestratorResult
    ) -> Difference | None:
        recorded = {row["EventId"]: row for row in episode.scheduled}
        today = {one.id: one for one in decision.scheduled}
        for id_ in sorted(recorded | today):
            if found := self._compare_action(recorded.get(id_), today.get(id_), decision):
                return found
        return _compare_end(episode.ended, decision.outcome, result)

    def _compare_action(
        self, row: Row | None, work: Scheduled | None, decision: Decision
    ) -> Difference | None:
        if row is None:
            return adds(work) if work else None
        if work is None:
            return forgets(row, decision.outcome, self._host.awaited_events)
        if departure(work.id, row, work):
            return departs(row, work)
        lost = lost_of_call(row, work)
        return passes_less(row, lost) if lost else None


def _compare_end(
    ended: Row | None, outcome: Outcome | None, result: OrchestratorResult
) -> Difference | None:
    recorded = None if ended is None else Outcome(ended["OrchestrationStatus"], ended["Result"])
    same = _comparable(recorded) == _comparable(outcome)
    return None if same else ends_otherwise(recorded, outcome, result)


def _comparable(outcome: Outcome | None) -> Any:
    """How an execution ended, without the spelling of JSON and without stack traces."""
    if outcome is None:
        return None
    output = None if outcome.output is None else json.loads(outcome.output)
    if outcome.status == "Failed" and isinstance(output, str):
        output = output.partition("\nStack: ")[0]
    return outcome.status, output


def _episodes(history: History) -> Iterator[_Episode]:
    rows = history.rows
    starts = [n for n, row in enumerate(rows) if row["EventType"] == EventType.ORCHESTRATOR_STARTED]
    if not starts or starts[0] != 0 or len(rows) < 2:
        raise HistoryError(f"{history.saga}/{history.path} does not begin with OrchestratorStarted")
    for start, end in zip(starts, [*starts[1:], len(rows)], strict=True):
        yield _episode(rows[start:end])


def _episode(rows: Sequence[Row]) -> _Episode:
    ends = (EventType.EXECUTION_COMPLETED, EventType.ORCHESTRATOR_COMPLETED)
    scheduled = [row for row in rows if row["EventType"] in SCHEDULED]
    return _Episode(
        inbound=[row for row in rows if row["EventType"] not in {*SCHEDULED, *ends}],
        scheduled=scheduled,
        ended=next((row for row in rows if row["EventType"] == ends[0]), None),
        rows=rows,
    )


def _refusal(
    functions: DurableFunctions | None,
) -> Callable[[Call | EntityMessage], str | None]:
    def refusal(call: Call | EntityMessage) -> str | None:
        if functions is None:
            return None
        if isinstance(call, EntityMessage):
            return functions.missing(EventType.EVENT_SENT, call.entity.name)
        return None if call.name == HTTP_ACTIVITY else functions.missing(call.kind, call.name)

    return refusal
