"""Starting and waking sagas through the Durable client of the current invocation."""

from collections.abc import Mapping
from dataclasses import replace

from azure.durable_functions import DurableOrchestrationClient, OrchestrationRuntimeStatus

from shared.application.owed_sagas import OwedSaga, owed_sagas
from shared.application.ports import Await, SagaState, StartSaga
from shared.domain.errors import Unavailable
from shared.domain.order import Order
from shared.durable_contract import AWAIT_EVENT, ORDER_CHANGED, AwaitEvent

_Status = OrchestrationRuntimeStatus
_STATES: Mapping[OrchestrationRuntimeStatus | None, SagaState] = {
    None: SagaState.MISSING,
    _Status.Pending: SagaState.ALIVE,
    _Status.Running: SagaState.ALIVE,
    _Status.Suspended: SagaState.ALIVE,
    _Status.ContinuedAsNew: SagaState.ALIVE,
    _Status.Completed: SagaState.FINISHED,
    _Status.Failed: SagaState.FAILED,
    _Status.Terminated: SagaState.FAILED,
    _Status.Canceled: SagaState.FAILED,
}


class DurableSagas:
    """The ``Sagas`` port.

    A *finished* instance would run again: its steps find what they did, and do nothing more.
    """

    def __init__(self, client: DurableOrchestrationClient) -> None:
        self._client = client

    async def start(self, saga: OwedSaga) -> None:
        """Durable refuses to start an instance that is alive (409), which the SDK reports as a
        plain ``Exception`` with varying text; the instance's own status tells that refusal from a
        fault.
        """
        try:
            await self._client.start_new(
                saga.name, instance_id=saga.instance_id, client_input=saga.payload
            )
        except Exception as refusal:
            if await self.state(saga.instance_id) is not SagaState.ALIVE:
                raise Unavailable("durable-functions") from refusal
            if saga.wake:
                await self._wake(saga.instance_id)

    async def start_owed(self, order: Order) -> None:
        for saga in owed_sagas(order):
            await self.start(saga)

    async def start_missing(self, order: Order) -> None:
        """Start what was never started, and wake what waits.

        For the change feed, which sees every order while its sagas are most likely running, or just
        finished: to run one once more would do no harm, but cost as much as a look at the order.
        """
        for saga in owed_sagas(order):
            state = await self.state(saga.instance_id)
            if state is SagaState.MISSING:
                await self.start(saga)
            elif state is SagaState.ALIVE and saga.wake:
                await self._wake(saga.instance_id)

    async def state(self, instance_id: str) -> SagaState:
        try:
            status = await self._client.get_status(instance_id)
        except Exception as error:
            raise Unavailable("durable-functions") from error
        return _STATES[status.runtime_status]

    async def _wake(self, instance_id: str) -> None:
        try:
            await self._client.raise_event(instance_id, ORDER_CHANGED, {})
        except Exception as error:
            # One that has ended meanwhile has looked at the order itself, or is found by the feed.
            if await self.state(instance_id) is SagaState.ALIVE:
                raise Unavailable("durable-functions") from error


def saga_starter(client: DurableOrchestrationClient) -> StartSaga:
    """A ``StartSaga`` for whoever has changed an order."""
    return DurableSagas(client).start_owed


def saga_waker(client: DurableOrchestrationClient) -> StartSaga:
    """A ``StartSaga`` for whoever knows that there is something to look at."""
    sagas = DurableSagas(client)

    async def wake(order: Order) -> None:
        for saga in owed_sagas(order):
            await sagas.start(replace(saga, wake=True))

    return wake


def missing_saga_starter(client: DurableOrchestrationClient) -> StartSaga:
    """A ``StartSaga`` for whoever only hears of changes."""
    return DurableSagas(client).start_missing


def event_waiter(client: DurableOrchestrationClient, attempts: int) -> Await:
    """An ``Await`` with one instance per letter, which tries the event *attempts* times.

    A *finished* instance would run again, and find that its letter does not wait any more.
    """

    async def wait(letter_id: str) -> None:
        waiting = AwaitEvent(letterId=letter_id, attempts=attempts)
        instance_id = f"event-{letter_id}"
        sagas = DurableSagas(client)
        try:
            await client.start_new(AWAIT_EVENT, instance_id=instance_id, client_input=waiting)
        except Exception as refusal:
            if await sagas.state(instance_id) is not SagaState.ALIVE:
                raise Unavailable("durable-functions") from refusal

    return wait
