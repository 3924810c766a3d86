"""Which waiting messages the next episode takes."""

from emulators.functions_host.durable.events import EventType
from emulators.functions_host.durable.records import Instance, Message, Status

_WAKES_SUSPENDED = (EventType.EXECUTION_RESUMED, EventType.EXECUTION_TERMINATED)


def next_batch(instance: Instance, messages: list[Message], *, retrying: bool) -> list[Message]:
    """Choose from *messages*, in order; nothing means that the instance sleeps on.

    Completions, answers of entities among them, go together, which keeps a wide fan-out from
    replaying once per task. Not while a call with retries is open: its retries take ids, and only
    one completion per episode tells in which order. All other messages go alone: continue-as-new
    carries over events that come after it, so it must be known which one caused it.
    """
    mine = [one for one in messages if one.execution_id in (None, instance.execution_id)]
    if instance.status is Status.SUSPENDED:
        return [one for one in mine if one.event["EventType"] in _WAKES_SUSPENDED][:1]
    batch = mine[:1]
    if not batch or retrying or not batch[0].is_completion:
        return batch
    for message in mine[1:]:
        if not message.is_completion:
            break
        batch.append(message)
    return batch
