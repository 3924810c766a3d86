"""The host's half of an orchestration, alone: ids, gates and the determinism check."""

import json
from typing import Any

import pytest

from emulators.functions_host.durable import events
from emulators.functions_host.durable.actions import ActionType, OrchestratorResult, crash
from emulators.functions_host.durable.decisions import Decision
from emulators.functions_host.durable.events import Event, EventType, event
from emulators.functions_host.durable.replay import Replay, Rules

Action = dict[str, Any]
STARTED = event(EventType.EXECUTION_STARTED, Name="test")


def activity(name: str = "step") -> Action:
    """CallActivity."""
    return {"actionType": ActionType.CALL_ACTIVITY, "functionName": name, "input": "null"}


def retried(attempts: int) -> Action:
    """CallActivityWithRetry, wrapped as the SDK wraps it."""
    options = {"firstRetryIntervalInMilliseconds": 1000, "maxNumberOfAttempts": attempts}
    kind = ActionType.CALL_ACTIVITY_WITH_RETRY
    return together({**activity(), "actionType": kind, "retryOptions": options})


def timer(*, cancelled: bool = False) -> Action:
    """CreateTimer."""
    fire_at = "2026-01-01T00:00:00.000000Z"
    return {"actionType": ActionType.CREATE_TIMER, "fireAt": fire_at, "isCanceled": cancelled}


def waiting(name: str) -> Action:
    """WaitForExternalEvent."""
    return {"actionType": ActionType.WAIT_FOR_EXTERNAL_EVENT, "externalEventName": name}


def together(*children: Action) -> Action:
    """WhenAll."""
    return {"actionType": ActionType.WHEN_ALL, "compoundActions": list(children)}


def first_of(*children: Action) -> Action:
    """WhenAny."""
    return {"actionType": ActionType.WHEN_ANY, "compoundActions": list(children)}


RULES = Rules(lambda _: None, 100)


class Script:
    """Plays an instance episode by episode, recording what the engine would.

    Each episode is decided twice: by a walk over the whole history, as after a restart, and by one
    that is kept from episode to episode. They must agree.
    """

    def __init__(self) -> None:
        self.history: list[Event] = []
        self.kept = Replay("test", RULES)
        self._seen = 0

    def episode(
        self, *inbound: Event, actions: list[Action], done: bool = False, error: str | None = None
    ) -> Decision:
        """Deliver *inbound* to an orchestrator that then answers *actions*."""
        result = OrchestratorResult(actions, is_done=done, output="out", error=error)
        new = [event(EventType.ORCHESTRATOR_STARTED), *inbound]
        decision = Replay("test", RULES).step(result, new, self.history)
        if not self.kept.accepts(result):
            self.kept, self._seen = Replay("test", RULES), 0
        assert self.kept.step(result, new, self.history[self._seen :]) == decision
        rows = [
            event(one.kind, one.id, Name=one.name, Input=json.dumps({"id": f"id-{one.id}"}))
            for one in decision.scheduled
        ]
        rows.append(event(EventType.ORCHESTRATOR_COMPLETED, Actions=len(actions)))
        self.kept.settle(rows)
        self.history += [*new, *rows]
        self._seen = len(self.history)
        return decision


def completed(id_: int) -> Event:
    """TaskCompleted."""
    return event(EventType.TASK_COMPLETED, TaskScheduledId=id_)


def failed(id_: int) -> Event:
    """TaskFailed."""
    return event(EventType.TASK_FAILED, TaskScheduledId=id_)


def fired(id_: int) -> Event:
    """TimerFired."""
    return event(EventType.TIMER_FIRED, TimerId=id_)


def raised(name: str) -> Event:
    """EventRaised."""
    return event(EventType.EVENT_RAISED, Name=name)


def ids(decision: Decision) -> list[tuple[str, int]]:
    """What was scheduled, in short."""
    return [(one.kind.wire_name, one.id) for one in decision.scheduled]


def test_gives_ids_depth_first():
    """The SDK counts the same way; events take no id."""
    decision = Script().episode(
        STARTED, actions=[first_of(together(activity(), activity()), waiting("x"), timer())]
    )

    assert ids(decision) == [("TaskScheduled", 0), ("TaskScheduled", 1), ("TimerCreated", 2)]


def test_sets_one_more_timer_after_the_last_failed_attempt():
    """DurableTask.Core does, and the SDK reports the failure only when that timer fires."""
    script, actions = Script(), [retried(2)]

    assert ids(script.episode(STARTED, actions=actions)) == [("TaskScheduled", 0)]
    assert ids(script.episode(failed(0), actions=actions)) == [("TimerCreated", 1)]
    assert ids(script.episode(fired(1), actions=actions)) == [("TaskScheduled", 2)]
    last = script.episode(failed(2), actions=actions)
    assert ids(last) == [("TimerCreated", 3)]
    assert last.outcome is None
    end = script.episode(fired(3), actions=actions, error="gave up")
    assert end.outcome is not None
    assert end.outcome.status == "Failed"


def test_pauses_between_attempts_but_not_after_the_last():
    """The first interval counts from the failure; the extra timer is due at once."""
    script, actions = Script(), [retried(2)]
    script.episode(STARTED, actions=actions)

    between = script.episode(failed(0), actions=actions).scheduled[0]
    began = script.history[-4]
    script.episode(fired(1), actions=actions)
    after = script.episode(failed(2), actions=actions).scheduled[0]
    ended = script.history[-4]

    assert between.fire_at is not None
    pause = events.read_time(between.fire_at) - events.read_time(began["Timestamp"])
    assert pause.total_seconds() == 1
    assert after.fire_at == ended["Timestamp"]


def test_does_not_start_what_follows_a_failed_call_before_its_siblings_end():
    """Python goes on at once; the host awaits all of a WhenAll first."""
    script = Script()
    script.episode(STARTED, actions=[together(activity(), activity())])
    both = [together(activity(), activity()), activity("undo")]

    early = script.episode(failed(0), actions=both)
    late = script.episode(completed(1), actions=both)

    assert (ids(early), ids(late)) == ([], [("TaskScheduled", 2)])


def test_stays_open_while_anything_scheduled_is():
    """An abandoned timer holds the end back; a cancelled one does not."""
    script = Script()
    script.episode(STARTED, actions=[first_of(activity(), timer())])

    left = script.episode(completed(0), actions=[first_of(activity(), timer())], done=True)
    script.history = script.history[:-3]
    cancelled = script.episode(
        completed(0), actions=[first_of(activity(), timer(cancelled=True))], done=True
    )

    assert left.outcome is None
    assert cancelled.outcome is not None
    assert cancelled.cancelled_timers == [1]


def test_counts_events_itself():
    """The SDK lets one early event satisfy two waits; the host does not."""
    script, actions = Script(), [waiting("news"), waiting("news")]
    script.episode(STARTED, actions=actions)

    one = script.episode(raised("News"), actions=actions, done=True)
    two = script.episode(raised("news"), actions=actions, done=True)

    assert one.outcome is None
    assert two.outcome is not None


def test_gives_an_event_to_the_latest_wait():
    """Waits form a stack: a wait abandoned earlier does not swallow a later one's event."""
    script = Script()
    script.episode(STARTED, actions=[first_of(waiting("x"), timer())])
    actions = [first_of(waiting("x"), timer()), waiting("x")]
    script.episode(fired(0), actions=actions)

    decision = script.episode(raised("x"), actions=actions, done=True)

    assert decision.outcome is not None


CHILD: Action = {
    "actionType": ActionType.CALL_SUB_ORCHESTRATOR,
    "functionName": "child",
    "input": "null",
}
SIGNAL: Action = {
    "actionType": ActionType.SIGNAL_ENTITY,
    "instanceId": "@counter@a",
    "operation": "add",
    "input": "1",
}


@pytest.mark.parametrize(
    ("before", "after", "complaint"),
    [
        (activity("old"), activity("new"), "scheduled an activity task named 'new'"),
        (activity("old"), CHILD, "produced a CreateSubOrchestrationAction action"),
        (CHILD, timer(), "produced a CreateTimerOrchestratorAction action"),
        (timer(), activity(), "produced a ScheduleTaskOrchestratorAction action"),
        (SIGNAL, activity(), "produced a ScheduleTaskOrchestratorAction action"),
        (activity("old"), SIGNAL, "produced a SendEventOrchestratorAction action"),
        (activity("old"), waiting("x"), "hasn't (yet?) scheduled this task"),
    ],
)
def test_fails_an_orchestration_whose_code_has_changed(
    before: Action, after: Action, complaint: str
):
    """Replaying other code over an old history would mix results up."""
    script = Script()
    script.episode(STARTED, actions=[before])

    decision = script.episode(raised("x"), actions=[after], done=True)

    assert decision.outcome is not None
    output = json.loads(decision.outcome.output or "")
    assert output.startswith(
        "Non-Deterministic workflow detected: A previous execution of this orchestration scheduled"
    )
    assert complaint in output
    assert decision.scheduled == []


def test_takes_the_case_of_a_name_for_no_change():
    """Names of functions ignore case everywhere."""
    script = Script()
    script.episode(STARTED, actions=[activity("Step")])

    decision = script.episode(completed(0), actions=[activity("step")], done=True)

    assert decision.outcome is not None
    assert decision.outcome.status == "Completed"


def test_gives_a_signal_an_id_and_goes_on():
    """A signal is sent once, and nothing waits for it."""
    script = Script()

    decision = script.episode(STARTED, actions=[SIGNAL, activity(), SIGNAL])

    assert ids(decision) == [("EventSent", 0), ("TaskScheduled", 1)]
    assert ids(script.episode(completed(1), actions=[SIGNAL, activity(), SIGNAL], done=True)) == [
        ("EventSent", 2)
    ]


def test_ends_a_call_by_the_event_that_is_named_by_its_id():
    """An event of any other name is an event, even if it comes from the same entity."""
    script, call = Script(), {**SIGNAL, "actionType": ActionType.CALL_ENTITY}
    script.episode(STARTED, actions=[call])

    other = script.episode(raised("someone"), actions=[call])
    answered = script.episode(raised("id-0"), actions=[call, activity()])

    assert (ids(other), ids(answered)) == ([], [("TaskScheduled", 1)])


def test_ends_while_a_call_of_an_entity_is_unanswered():
    """An answer is an event, and no event holds an end back."""
    script, call = Script(), {**SIGNAL, "actionType": ActionType.CALL_ENTITY}
    actions = [first_of(call, activity())]
    script.episode(STARTED, actions=actions)

    decision = script.episode(completed(1), actions=actions, done=True)

    assert decision.outcome is not None


def test_fails_with_the_error_that_kept_the_code_from_running():
    """Without its actions nothing can be compared, and nothing is called non-deterministic."""
    script = Script()
    script.episode(STARTED, actions=[activity()])
    result = crash("out of time")

    decision = Replay("test", RULES).step(result, script.history)

    assert decision.outcome is not None
    assert decision.outcome.output == "\"Orchestrator function 'test' failed: out of time\""


def test_fails_an_orchestration_with_too_many_actions():
    """A loop that never ends is ended by maxOrchestrationActions."""
    decision = Script().episode(STARTED, actions=[together(*[activity()] * 101)])

    assert decision.outcome is not None
    assert "more than 100 actions" in (decision.outcome.output or "")


def next_round() -> Action:
    """ContinueAsNew."""
    return {"actionType": ActionType.CONTINUE_AS_NEW, "input": "1"}


def test_leaves_events_that_come_after_continue_as_new_unused():
    """They belong to the next execution; what came before and was not awaited is lost."""
    script = Script()
    script.episode(STARTED, actions=[waiting("tick")])
    ignored, first, second = raised("other"), raised("tick"), raised("tick")

    end = script.episode(ignored, first, second, actions=[waiting("tick"), next_round()], done=True)

    assert end.outcome is not None
    assert end.outcome.status == "ContinuedAsNew"
    assert end.unused == [second]


def test_leaves_all_events_unused_when_it_continues_as_new_at_once():
    """Events raised before the first episode may all be meant for a later execution."""
    event_ = raised("tick")

    end = Script().episode(STARTED, event_, actions=[next_round()], done=True)

    assert end.unused == [event_]


def test_need_not_ask_an_orchestrator_that_waits_for_more_of_its_calls():
    """A wide fan-out would be replayed again and again for nothing."""
    script = Script()
    script.episode(STARTED, actions=[together(activity(), activity(), activity())])

    assert script.kept.waits_for_more([completed(0), completed(1)])
    assert not script.kept.waits_for_more([completed(0), completed(1), completed(2)])


@pytest.mark.parametrize(
    ("actions", "new"),
    [
        ([together(activity(), activity())], failed(0)),
        ([together(activity(), activity())], raised("news")),
        ([first_of(activity(), activity())], completed(0)),
        ([together(activity(), timer())], completed(0)),
        ([retried(2)], completed(0)),
        ([activity()], completed(0)),
    ],
)
def test_asks_an_orchestrator_that_may_go_on(actions: list[Action], new: Event):
    """Only where nothing can change is the question left out."""
    script = Script()
    script.episode(STARTED, actions=actions)

    assert not script.kept.waits_for_more([new])
