"""Which messages an episode takes."""

from emulators.functions_host.durable.batching import next_batch
from emulators.functions_host.durable.events import EventType, event
from emulators.functions_host.durable.records import Instance, Message, Status


def instance(status: Status = Status.RUNNING) -> Instance:
    """An instance in its execution ``now``."""
    return Instance("id", "name", "now", status, None, None, None, None, "", "", None)


def inbox(*kinds: EventType, execution_id: str | None = "now") -> list[Message]:
    """Messages in the order of *kinds*."""
    return [Message(1, number, execution_id, event(kind)) for number, kind in enumerate(kinds)]


def sequences(messages: list[Message]) -> list[int]:
    """Which messages these are."""
    return [message.sequence for message in messages]


def test_takes_completions_together():
    """A fan-out of a thousand must not replay a thousand times."""
    messages = inbox(EventType.TASK_COMPLETED, EventType.TIMER_FIRED, EventType.TASK_FAILED)

    assert sequences(next_batch(instance(), messages, retrying=False)) == [0, 1, 2]


def test_takes_one_completion_while_a_call_may_be_retried():
    """Only so is it certain in which order retries and new calls took their ids."""
    messages = inbox(EventType.TASK_COMPLETED, EventType.TASK_FAILED)

    assert sequences(next_batch(instance(), messages, retrying=True)) == [0]


def test_takes_a_burst_of_raised_events_together():
    """A thousand events must not replay a history a thousand times."""
    messages = inbox(EventType.EVENT_RAISED, EventType.EVENT_RAISED, execution_id=None)

    assert sequences(next_batch(instance(), messages, retrying=False)) == [0, 1]


def test_takes_answers_of_entities_like_completions():
    """They are for one execution, so continue-as-new does not carry them over."""
    messages = inbox(EventType.EVENT_RAISED, EventType.TASK_COMPLETED, EventType.EVENT_RAISED)

    assert sequences(next_batch(instance(), messages, retrying=False)) == [0, 1, 2]


def test_stops_before_a_suspension():
    """What came before it is dealt with, what came after it waits."""
    messages = inbox(EventType.TASK_COMPLETED, EventType.TASK_COMPLETED)
    messages.insert(1, Message(1, 7, None, event(EventType.EXECUTION_SUSPENDED)))

    assert sequences(next_batch(instance(), messages, retrying=False)) == [0]
    assert sequences(next_batch(instance(), messages[1:], retrying=False)) == [7]


def test_takes_nothing_but_a_resume_or_a_termination_while_suspended():
    """What else arrives waits, in order."""
    messages = inbox(EventType.TASK_COMPLETED, EventType.EXECUTION_RESUMED)

    suspended = instance(Status.SUSPENDED)

    assert sequences(next_batch(suspended, messages, retrying=False)) == [1]
    assert next_batch(suspended, messages[:1], retrying=False) == []


def test_takes_a_second_suspension_while_suspended():
    """A client may repeat it; left in the inbox it would suspend the instance once more, later."""
    messages = inbox(EventType.EXECUTION_SUSPENDED)

    assert sequences(next_batch(instance(Status.SUSPENDED), messages, retrying=False)) == [0]


def test_leaves_out_what_belongs_to_an_earlier_execution():
    """Ids start over with every execution, so a late completion would hit the wrong task."""
    late = inbox(EventType.TASK_COMPLETED, execution_id="before")

    assert next_batch(instance(), late, retrying=False) == []
