"""``Orders.OrderSubmitted``: an order that comes as an event, taken in as one over HTTP is."""

from typing import cast

from shared.application.events.handling import OneByOne
from shared.application.events.understanding import Event
from shared.application.ports import Judgement, StartSaga
from shared.application.submission import OrderSubmission
from shared.application.submit_order import SubmitOrder
from shared.domain.identity import derive_order_id


class SubmittedOrders(OneByOne):
    """The source stands for the client, and the event's id is its idempotency key."""

    def __init__(self, submit_order: SubmitOrder) -> None:
        self._submit_order = submit_order

    def about(self, event: Event) -> str:
        return derive_order_id(event.envelope.source, event.envelope.id)

    async def take_in(self, event: Event, start_saga: StartSaga) -> Judgement:
        submission = cast(OrderSubmission, event.message)
        envelope = event.envelope
        receipt = await self._submit_order(submission, envelope.source, envelope.id, start_saga)
        return Judgement.DUPLICATE if receipt.replayed else Judgement.DONE
