"""Starting sagas through the Durable client of the current invocation."""

from collections.abc import Mapping
from typing import Any

from azure.durable_functions import DurableOrchestrationClient, OrchestrationRuntimeStatus

from shared.application.ports import Await, StartSaga
from shared.domain.errors import Unavailable
from shared.domain.order import Order
from shared.durable_contract import AWAIT_EVENT, FULFIL_ORDER, AwaitEvent, FulfilOrder

_ALIVE = (
    OrchestrationRuntimeStatus.Pending,
    OrchestrationRuntimeStatus.Running,
    OrchestrationRuntimeStatus.Suspended,
    OrchestrationRuntimeStatus.ContinuedAsNew,
)


def saga_starter(client: DurableOrchestrationClient) -> StartSaga:
    """A ``StartSaga`` whose instance id is the order id, so that one order has one saga.

    A *finished* instance would run again: the saga's first step finds the order settled and stops.
    """

    async def start(order: Order) -> None:
        saga_input = FulfilOrder(
            orderId=order.id, lineCount=len(order.lines), flags=dict(order.flags)
        )
        await _start(client, FULFIL_ORDER, order.id, saga_input)

    return start


def event_waiter(client: DurableOrchestrationClient, attempts: int) -> Await:
    """An ``Await`` with one instance per letter, which tries the event *attempts* times.

    A *finished* instance would run again, and find that its letter does not wait any more.
    """

    async def wait(letter_id: str) -> None:
        waiting = AwaitEvent(letterId=letter_id, attempts=attempts)
        await _start(client, AWAIT_EVENT, f"event-{letter_id}", waiting)

    return wait


async def _start(
    client: DurableOrchestrationClient, name: str, instance_id: str, payload: Mapping[str, Any]
) -> None:
    """Start an instance, unless it is alive.

    Durable refuses to start one that is (409), which the SDK reports as a plain ``Exception`` with
    varying text; the instance's own status tells that refusal from a fault.
    """
    try:
        await client.start_new(name, instance_id=instance_id, client_input=payload)
    except Exception as refusal:
        if not await _is_alive(client, instance_id):
            raise Unavailable("durable-functions") from refusal


def missing_saga_starter(client: DurableOrchestrationClient) -> StartSaga:
    """A ``StartSaga`` that starts only what was never started.

    For the relay, which sees every pending order while its saga is most likely running, or just
    finished: to run it once more would do no harm, but cost as much as a look at the order.
    """
    start = saga_starter(client)

    async def start_if_missing(order: Order) -> None:
        if await _status(client, order.id) is None:
            await start(order)

    return start_if_missing


async def _is_alive(client: DurableOrchestrationClient, instance_id: str) -> bool:
    return await _status(client, instance_id) in _ALIVE


async def _status(
    client: DurableOrchestrationClient, instance_id: str
) -> OrchestrationRuntimeStatus | None:
    """None: there is no such instance."""
    try:
        status = await client.get_status(instance_id)
    except Exception as error:
        raise Unavailable("durable-functions") from error
    return status.runtime_status
