"""What the payment provider calls: anonymous, since each message proves by itself who sent it."""

import azure.functions as func
import structlog
from azure.durable_functions import DurableOrchestrationClient

from shared.adapters.durable_sagas import saga_waker
from shared.application.payment_notices import PaymentNotices
from shared.application.take_in_notice import TakeInNotice
from shared.domain.errors import OrderBusy, OrderNotFound, PaymentNotFound, TooEarly
from triggers.http.answering import answering
from triggers.http.requests import read_bytes
from triggers.http.responses import answer

_log = structlog.get_logger(__name__)

MAX_WEBHOOK_BYTES = 256 * 1024


class WebhooksApi:
    """``/webhooks/payments``. The provider repeats whatever is not answered with 2xx."""

    def __init__(self, notices: PaymentNotices, take_in: TakeInNotice) -> None:
        self._notices = notices
        self._take_in = take_in

    @answering
    async def take_in_payment(
        self, req: func.HttpRequest, client: DurableOrchestrationClient
    ) -> func.HttpResponse:
        """``POST /webhooks/payments``: 200 once it has had its effect, or has none."""
        body = read_bytes(req, MAX_WEBHOOK_BYTES)
        notice = await self._notices.read(body, req.headers.get("stripe-signature"))
        if notice is None:
            return answer({"outcome": "ignored"})
        try:
            judgement = await self._take_in(notice, saga_waker(client))
        except OrderNotFound as error:
            raise PaymentNotFound(notice.payment_id) from error
        except TooEarly as error:
            raise OrderBusy(str(error)) from error
        _log.info(
            "payment_notice",
            notice_id=notice.id,
            kind=notice.kind.value,
            order_id=notice.order_id,
            outcome=judgement.value,
        )
        return answer({"outcome": judgement.value})
