"""Which waiting messages the next episode takes."""

from itertools import takewhile

from emulators.functions_host.durable.events import EventType
from emulators.functions_host.durable.records import Instance, Message, Status

# A second suspension, too: kept until after the resume, it would suspend the instance again.
_HEARD_WHILE_SUSPENDED = (
    EventType.EXECUTION_SUSPENDED,
    EventType.EXECUTION_RESUMED,
    EventType.EXECUTION_TERMINATED,
)
# They say what becomes of the instance, before its orchestrator is asked again.
_ALONE = (
    EventType.EXECUTION_SUSPENDED,
    EventType.EXECUTION_RESUMED,
    EventType.EXECUTION_TERMINATED,
    EventType.EXECUTION_REWOUND,
)


def next_batch(instance: Instance, messages: list[Message], *, retrying: bool) -> list[Message]:
    """Choose from *messages*, in order; nothing means that the instance sleeps on.

    All that wait go together, which keeps a wide fan-out or a burst of events from replaying once
    for each. Not while a call with retries is open: its retries take ids, and only one message per
    episode tells in which order.
    """
    mine = [one for one in messages if one.execution_id in (None, instance.execution_id)]
    if instance.status is Status.SUSPENDED:
        return [one for one in mine if one.event["EventType"] in _HEARD_WHILE_SUSPENDED][:1]
    if not mine or retrying or mine[0].event["EventType"] in _ALONE:
        return mine[:1]
    return list(takewhile(lambda one: one.event["EventType"] not in _ALONE, mine))
