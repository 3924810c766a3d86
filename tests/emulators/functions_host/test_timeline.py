"""The timeline of an instance: which rows a history makes."""

import json
from collections.abc import Set
from datetime import UTC, datetime, timedelta
from typing import Any

from emulators.functions_host.durable.entity_messages import EntityId, EntityRequest, answer
from emulators.functions_host.durable.events import Event, EventType, event, wire_time
from emulators.functions_host.durable.tasks import HTTP_ACTIVITY
from emulators.functions_host.instance_pages.steps import Kind, Row, State
from emulators.functions_host.instance_pages.timeline import Timeline, build_timeline

START = datetime(2026, 1, 31, 3, tzinfo=UTC)
COUNTER = EntityId.of("Counter", "a@b")


def timeline_of(*history: Event, active: bool = True, pending: Set[int] = frozenset()) -> Timeline:
    """The timeline, a minute after its beginning, of a history with one event a second."""
    moments = [
        {**one, "Timestamp": wire_time(START + timedelta(seconds=number))}
        for number, one in enumerate(history)
    ]
    now = START + timedelta(minutes=1)
    timeline = build_timeline(moments, pending_timers=pending, active=active, now=now)
    assert timeline is not None
    return timeline


def rows(*history: Event, active: bool = True) -> list[Row]:
    """The rows of such a history."""
    timeline = timeline_of(*history, active=active)
    return [row for step in timeline.steps for row in step.rows]


def request(operation: str, input_: Any = None, **fields: Any) -> EntityRequest:
    """A request as an orchestration makes it: its input is JSON in a JSON text."""
    return EntityRequest(COUNTER, operation, json.dumps(json.dumps(input_)), **fields)


def sent(message: EntityRequest) -> Event:
    """The row of a history that sends *message*."""
    to = str(message.entity)
    return event(EventType.EVENT_SENT, 0, InstanceId=to, Name="op", Input=message.to_json())


ADD = request("add", 5, signal=False, id="request-1", parent="order-42")


def test_a_call_of_an_entity_lasts_until_its_answer():
    """The answer is an event named by an id, which says nothing to anybody on its own."""
    (row,) = rows(sent(ADD), answer(ADD, "7", error=False))

    assert (row.kind, row.name, row.entity) == (Kind.CALL, "add", COUNTER)
    assert (row.state, row.result, row.failure) == (State.DONE, "7", None)
    assert row.end == row.start + timedelta(seconds=1)


def test_answers_find_their_calls_by_the_ids_of_the_requests():
    """Entities answer in an order of their own."""
    other = request("get", signal=False, id="request-2", parent="order-42")

    add, get = rows(
        sent(ADD), sent(other), answer(other, "2", error=False), answer(ADD, "1", error=False)
    )

    assert (add.name, add.result, get.name, get.result) == ("add", "1", "get", "2")


def test_an_operations_error_is_the_calls_failure():
    """What the orchestrator could catch is what one looks for."""
    (row,) = rows(sent(ADD), answer(ADD, json.dumps("too late"), error=True))

    assert (row.state, row.result, row.failure) == (State.FAILED, None, "too late")


def test_a_timeout_of_an_entity_is_a_failure_though_it_is_not_json():
    """The host reports it as bare text."""
    (row,) = rows(sent(ADD), answer(ADD, "Timeout value of 00:00:02 exceeded", error=True))

    assert row.failure == "Timeout value of 00:00:02 exceeded"


def test_a_call_without_an_answer_is_open_until_the_instance_ends():
    """Nobody hears an answer that comes too late."""
    (waiting,) = rows(sent(ADD))
    (unheard,) = rows(sent(ADD), active=False)

    assert (waiting.state, unheard.state) == (State.OPEN, State.UNHEARD)


def test_a_signal_is_a_moment_with_what_was_sent():
    """Nothing answers a signal, so there is nothing to wait for."""
    (with_input, without) = rows(sent(request("add", 5)), sent(request("delete")))

    assert (with_input.kind, with_input.state) == (Kind.SIGNAL, State.DONE)
    assert with_input.start == with_input.end
    assert (with_input.result, without.result) == (json.dumps("5"), None)


def test_other_events_stay_external_events():
    """Only answers vanish into their calls."""
    raised = event(EventType.EVENT_RAISED, Name="request-2", Input="1")

    kinds = [row.kind for row in rows(sent(ADD), raised)]

    assert kinds == [Kind.CALL, Kind.EVENT]


def test_a_durable_http_call_is_shown_with_method_and_host():
    """The built-in activity's name is the host's own affair, credentials in an address are too."""
    call = {"method": "POST", "uri": "https://me:secret@shop.example:8443/orders?key=1"}
    scheduled = event(
        EventType.TASK_SCHEDULED, 0, Name=HTTP_ACTIVITY, Input=json.dumps([json.dumps(call)])
    )

    (row,) = rows(scheduled)

    assert (row.kind, row.name) == (Kind.HTTP, "POST shop.example:8443")


def test_a_durable_http_call_without_its_input_is_still_one():
    """Inputs are in histories only if host.json wants them there."""
    (row,) = rows(event(EventType.TASK_SCHEDULED, 0, Name=HTTP_ACTIVITY, Input=None))

    assert (row.kind, row.name) == (Kind.HTTP, "")


def ended(*, retrying: bool = False, **notes: Any) -> Event:
    """The last row of an episode."""
    return event(EventType.ORCHESTRATOR_COMPLETED, Retrying=retrying, **notes)


def call(id_: int, name: str = "charge") -> Event:
    """An activity begins."""
    return event(EventType.TASK_SCHEDULED, id_, Name=name)


def failed(id_: int, reason: str = "no answer") -> Event:
    """An activity fails."""
    return event(EventType.TASK_FAILED, TaskScheduledId=id_, Reason=reason)


def done(id_: int, result: str = '"paid"') -> Event:
    """An activity succeeds."""
    return event(EventType.TASK_COMPLETED, TaskScheduledId=id_, Result=result)


def timer(id_: int, second: float) -> Event:
    """A timer is set for that second of the history."""
    due = wire_time(START + timedelta(seconds=second))
    return event(EventType.TIMER_CREATED, id_, FireAt=due)


def fired(id_: int) -> Event:
    """A timer fires."""
    return event(EventType.TIMER_FIRED, TimerId=id_)


def test_all_attempts_of_a_call_make_one_step():
    """The pause between them shows as the gap between their bars."""
    timeline = timeline_of(
        call(0), ended(), failed(0), timer(1, 9), ended(retrying=True),
        fired(1), call(2), ended(retrying=True), done(2), ended(),
    )  # fmt: skip

    (step,) = timeline.steps
    assert [row.state for row in step.rows] == [State.FAILED, State.DONE]
    assert (step.rows[0].failure, step.last.result) == ("no answer", '"paid"')
    assert not step.open


def test_attempts_of_two_calls_are_kept_apart():
    """Calls side by side retry in an order of their own."""
    timeline = timeline_of(
        call(0, "a"), call(1, "b"), ended(retrying=True),
        failed(0), timer(2, 20), ended(retrying=True),
        failed(1), timer(3, 10), ended(retrying=True),
        fired(3), call(4, "b"), ended(retrying=True),
        fired(2), call(5, "a"), ended(retrying=True),
    )  # fmt: skip

    assert [[row.name for row in step.rows] for step in timeline.steps] == [["a", "a"], ["b", "b"]]


def test_a_pause_before_the_next_attempt_belongs_to_its_call():
    """It is what the instance waits for, and no timer of the app's own."""
    timeline = timeline_of(
        call(0), ended(), failed(0), timer(1, 600), ended(retrying=True), pending={1}
    )

    (step,) = timeline.steps
    assert step.open
    assert step.pause is not None
    assert step.pause.due == START + timedelta(seconds=600)


def test_the_timer_after_the_last_attempt_is_not_shown():
    """The SDK sets one that is due at once before it reports the failure."""
    steps = timeline_of(
        call(0), ended(), failed(0), timer(1, 2), ended(retrying=True), fired(1), ended()
    ).steps

    assert [step.last.name for step in steps] == ["charge"]


def test_a_timer_of_the_apps_own_after_a_failure_stays_a_timer():
    """An orchestrator may wait before it calls something else."""
    steps = timeline_of(
        call(0), ended(), failed(0), timer(1, 9), ended(), fired(1), call(2, "mail"), ended()
    ).steps

    assert [step.last.name for step in steps] == ["charge", "timer", "mail"]


def test_a_timer_that_will_not_fire_is_cancelled():
    """History does not say so; that no timer is pending does."""
    pending = timeline_of(timer(0, 600), ended(), pending={0}).steps
    cancelled = timeline_of(timer(0, 600), ended()).steps
    about_to_fire = timeline_of(timer(0, 1), ended()).steps

    assert pending[0].last.state is State.OPEN
    assert cancelled[0].last.state is State.CANCELLED
    assert about_to_fire[0].last.state is State.OPEN


def test_what_a_terminated_instance_started_is_not_heard_of():
    """Its activities go on, but nobody waits for them any more."""
    terminated = event(EventType.EXECUTION_TERMINATED, Input="a wrong order")

    activity, end = rows(call(0), ended(), terminated, ended(), active=False)

    assert (activity.state, activity.end) == (State.UNHEARD, None)
    assert (end.name, end.result) == ("terminated", '"a wrong order"')


def test_a_suspension_lasts_until_the_instance_is_resumed():
    """It explains a gap in everything else."""
    suspended = event(EventType.EXECUTION_SUSPENDED, Reason="customs")
    resumed = event(EventType.EXECUTION_RESUMED, Reason="")

    (over,) = rows(suspended, resumed)
    (lasting,) = rows(suspended)

    assert (over.name, over.result, over.state) == ("suspended", '"customs"', State.DONE)
    assert over.end == over.start + timedelta(seconds=1)
    assert (lasting.state, lasting.end) == (State.OPEN, None)


def test_a_child_is_found_by_its_instance():
    """The page links to it, whatever becomes of it."""
    created = EventType.SUB_ORCHESTRATION_INSTANCE_CREATED

    timeline = timeline_of(event(created, 0, Name="ship", InstanceId="order-42-shipping"))

    assert [child.child for child in timeline.children] == ["order-42-shipping"]


def test_awaited_events_are_those_of_the_last_run():
    """An episode in which the orchestrator does not run, a suspension, knows of none."""
    waiting = timeline_of(ended(Actions=1, Awaits=["Approval"]), ended(Actions=0))
    gone_on = timeline_of(ended(Actions=1, Awaits=["Approval"]), ended(Actions=2))

    assert waiting.awaited_events == ("Approval",)
    assert gone_on.awaited_events == ()


def test_an_instance_that_has_not_run_has_no_timeline():
    """Its page says that it waits for its first turn."""
    assert build_timeline([], pending_timers=set(), active=True, now=START) is None
