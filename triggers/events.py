"""Event Grid's deliveries: one invocation per delivery, whatever number of events it holds."""

from azure.durable_functions import DurableOrchestrationClient

from shared.adapters.durable_sagas import event_waiter, saga_starter
from shared.application.events.ingestion import Ingestion


class EventsIntake:
    """``take_in_events``."""

    def __init__(self, ingestion: Ingestion, attempts: int) -> None:
        """*attempts*: how often an event that comes too early is tried."""
        self._ingestion = ingestion
        self._attempts = attempts

    async def take_in_events(self, events: str, client: DurableOrchestrationClient) -> None:
        """Take in a delivery: a JSON array of events, in either schema.

        The Python worker has no type for many events at once; ``str`` gets the host's JSON.

        Raises:
            Transient: the delivery is refused, and Event Grid brings it again.
        """
        waiter = event_waiter(client, self._attempts)
        await self._ingestion.take_in_all(events, saga_starter(client), waiter)
