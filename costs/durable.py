"""The requests that Durable Functions makes to its storage account.

The local host keeps its state in SQLite, so they cannot be counted there. What can be counted is
work: starts, episodes, activities, timers. What each of them costs in storage is how
DurableTask.AzureStorage does it (github.com/Azure/durabletask, June 2026):

* a start reads and writes the instance, and sends a message;
* whoever takes the message of a start looks at the instance again;
* an episode reads the history, appends to it in one batch, and updates the instance;
* every message is sent, received and deleted;
* an activity is two messages: the task, and its result.
"""

from dataclasses import dataclass

from costs.usage import OrderUsage

_MESSAGE = 3  # sent, received, deleted
_CONTROL_QUEUES = 4
_WORK_ITEM_QUEUES = 1
# host.json: an idle queue is looked at this often.
POLLING_SECONDS = 2.0
# The table of partitions is read, and the lease of each renewed, this often.
_PARTITION_SECONDS = 10.0


@dataclass(frozen=True, slots=True)
class StorageRequests:
    """By the kind of storage, as they are billed."""

    queue: float
    table: float


def of_an_order(usage: OrderUsage) -> StorageRequests:
    """From submission to Delivered."""
    messages = usage.orchestrations + 2 * usage.activities + usage.timers + usage.raised
    return StorageRequests(
        queue=_MESSAGE * messages,
        table=3 * usage.orchestrations + 3 * usage.episodes,
    )


def of_a_month(hours: float) -> StorageRequests:
    """Polling, and keeping the partitions, on one instance."""
    seconds = 3600 * hours
    queues = _CONTROL_QUEUES + _WORK_ITEM_QUEUES
    return StorageRequests(
        queue=queues * seconds / POLLING_SECONDS,
        table=(1 + _CONTROL_QUEUES) * seconds / _PARTITION_SECONDS,
    )
