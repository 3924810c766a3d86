"""Those who buy in a run, whichever way their orders go."""

from abc import abstractmethod
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from typing import Protocol

from devstack.catalogue import Product
from devstack.customers import Customers, Purchase
from devstack.deliveries import Deliveries
from devstack.event_customers import EventCustomers
from devstack.retail import Invoice
from devstack.storefront import Patience, Storefront
from devstack.topic import Topic
from devstack.via import TopicAddress, Via


class Buyers(Protocol):
    """Everyone who buys in one run."""

    @abstractmethod
    async def buy(
        self, invoices: Sequence[Invoice], on_settled: Callable[[Purchase], None]
    ) -> list[Purchase]:
        """Carry every invoice as far as it goes; stop when nothing moves."""

    @abstractmethod
    async def deliveries(self, purchases: Sequence[Purchase]) -> Deliveries | None:
        """What became of events; None where there were none."""


@asynccontextmanager
async def buyers(
    via: Via,
    storefront: Storefront,
    products: Mapping[str, Product],
    patience: Patience,
    topic: TopicAddress,
) -> AsyncIterator[Buyers]:
    """Those whose orders go *via* one way or the other; *topic* is where events are published."""
    if via is Via.HTTP:
        yield Customers(storefront, products, patience)
        return
    async with Topic(topic, patience) as opened:
        yield EventCustomers(storefront, products, patience, opened)
