"""Starting sagas of orders through the Durable client of the current invocation."""

from azure.durable_functions import DurableOrchestrationClient, OrchestrationRuntimeStatus

from shared.application.ports import StartSaga
from shared.domain.errors import Unavailable
from shared.domain.order import Order
from shared.durable_contract import FULFIL_ORDER, FulfilOrder

_ALIVE = (
    OrchestrationRuntimeStatus.Pending,
    OrchestrationRuntimeStatus.Running,
    OrchestrationRuntimeStatus.Suspended,
    OrchestrationRuntimeStatus.ContinuedAsNew,
)


def saga_starter(client: DurableOrchestrationClient) -> StartSaga:
    """A ``StartSaga`` whose instance id is the order id, so that one order has one saga.

    Durable refuses to start an instance that is alive (409), which the SDK reports as a plain
    ``Exception`` with varying text; the instance's own status tells that refusal from a fault. A
    *finished* instance would run again: the saga's first step finds the order settled and stops.
    """

    async def start(order: Order) -> None:
        saga_input = FulfilOrder(
            orderId=order.id, lineCount=len(order.lines), flags=dict(order.flags)
        )
        try:
            await client.start_new(FULFIL_ORDER, instance_id=order.id, client_input=saga_input)
        except Exception as refusal:
            if not await _is_alive(client, order.id):
                raise Unavailable("durable-functions") from refusal

    return start


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
