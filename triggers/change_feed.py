"""The change feed of the ``orders`` container, read by two functions with leases of their own.

So an outage of Event Grid keeps no saga from being started and no list from being current, and
trouble in a list keeps no event from going out.
"""

import asyncio
from typing import Any

import azure.functions as func
from azure.durable_functions import DurableOrchestrationClient

from shared.adapters.durable_sagas import missing_saga_starter
from shared.adapters.order_feed import events_in, orders_in
from shared.application.follow_orders import FollowOrders
from shared.application.relay_orders import RelayOrders

FULL_PAGE = 100
PAUSE_SECONDS = 1.0

# A change feed function that fails loses its page, unless a retry policy holds on to it for ever.
UNTIL_IT_WORKS: dict[str, Any] = {
    "strategy": "exponential_backoff",
    "max_retry_count": "-1",
    "minimum_interval": "00:00:01",
    "maximum_interval": "00:01:00",
}


def changes_of_orders(lease_prefix: str) -> dict[str, Any]:
    """The trigger, for a function that keeps its place in the feed under *lease_prefix*."""
    return {
        "connection": "COSMOS_FEED",
        "database_name": "%COSMOS_DATABASE%",
        "container_name": "orders",
        "lease_container_name": "leases",
        "lease_container_prefix": lease_prefix,
        "start_from_beginning": True,
        "max_items_per_invocation": FULL_PAGE,
        "feed_poll_delay": 1_000,
        # After a crash another host, or the next process, waits until the leases have expired. The
        # defaults (60, 17 and 13 seconds) are a long time for an order that nobody has started.
        "lease_expiration_interval": 20_000,
        "lease_renew_interval": 6_000,
        "lease_acquire_interval": 5_000,
    }


class OrderFeed:
    """Runs for every page of changes; a page that fails is delivered again, by the retry policy.

    After a page that was not full it pauses, so that the next one holds what happens meanwhile: a
    page costs a write of its lease, and an order that is read once instead of at each of its steps
    costs one write of its list. Under a steady load that is four fifths of both.
    """

    def __init__(
        self, follow_orders: FollowOrders, relay_orders: RelayOrders, pause_seconds: float
    ) -> None:
        self._follow_orders = follow_orders
        self._relay_orders = relay_orders
        self._pause_seconds = pause_seconds

    async def follow_orders(
        self, documents: func.DocumentList, client: DurableOrchestrationClient
    ) -> None:
        """Start missing sagas, and keep the lists of customers' orders."""
        await self._follow_orders(orders_in(documents), missing_saga_starter(client))
        await self._pause(documents)

    async def relay_orders(self, documents: func.DocumentList) -> None:
        """Publish what happened to orders."""
        await self._relay_orders(events_in(documents))
        await self._pause(documents)

    async def _pause(self, documents: func.DocumentList) -> None:
        if len(documents) < FULL_PAGE:
            await asyncio.sleep(self._pause_seconds)
