"""The timeline of an instance: which rows a history makes."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any

from emulators.functions_host.durable.entity_messages import EntityId, EntityRequest, answer
from emulators.functions_host.durable.events import Event, EventType, event, wire_time
from emulators.functions_host.durable.tasks import HTTP_ACTIVITY
from emulators.functions_host.instance_pages.steps import Kind, Row, State
from emulators.functions_host.instance_pages.timeline import build_timeline

START = datetime(2026, 1, 31, 3, tzinfo=UTC)
COUNTER = EntityId.of("Counter", "a@b")


def rows(*history: Event, active: bool = True) -> list[Row]:
    """The rows of a history whose events are one second apart."""
    moments = [
        {**one, "Timestamp": wire_time(START + timedelta(seconds=number))}
        for number, one in enumerate(history)
    ]
    now = START + timedelta(minutes=1)
    timeline = build_timeline(moments, pending_timers=set(), active=active, now=now)
    assert timeline is not None
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
