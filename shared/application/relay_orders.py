"""Relaying the changes of orders to the topic: the other end of the outbox."""

import structlog

from shared.application.publish_events import PublishEvents
from shared.application.relay_progress import ReportProgress
from shared.application.set_aside import FeedPage, SetAside
from shared.domain.errors import OrderError
from shared.domain.order import OrderEvent

_log = structlog.get_logger(__name__)


class RelayOrders:
    """Relay a page of events. Repeatable: the page comes again until all of it went out."""

    def __init__(
        self, publish_events: PublishEvents, set_aside: SetAside, progress: ReportProgress
    ) -> None:
        self._publish_events = publish_events
        self._set_aside = set_aside
        self._progress = progress

    async def __call__(self, page: FeedPage[OrderEvent]) -> None:
        """Return once the page is done with.

        Raises:
            Transient: it is not; deliver it again.
        """
        try:
            # Before anything goes out: what fails here must not make events go out again.
            await self._set_aside(page.unreadable)
            await self._publish_events(page.items)
        except OrderError as failure:
            await self._failed(page, failure.code)
            raise
        except Exception as failure:
            await self._failed(page, type(failure).__name__)
            raise
        await self._relayed(page)

    async def _failed(self, page: FeedPage[OrderEvent], code: str) -> None:
        _log.warning("relay_failed", code=code, count=len(page.items))
        if page.items:
            oldest = min(event.at for event in page.items)
            await self._progress.failed(_name(page), oldest, code)

    async def _relayed(self, page: FeedPage[OrderEvent]) -> None:
        if page.items:
            oldest, count = min(event.at for event in page.items), len(page.items)
            lag = await self._progress.relayed(_name(page), oldest, count)
            _log.info("orders_relayed", count=count, lag_seconds=round(lag, 3))


def _name(page: FeedPage[OrderEvent]) -> str:
    """The same when the page is delivered again."""
    first = page.items[0]
    return f"{first.order_id}/{first.number}"
