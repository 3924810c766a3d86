"""Sixteen customers at a time, each submitting an order and following it to its final state."""

import asyncio
import contextlib
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from devstack.catalogue import Product, idempotency_key, order_body
from devstack.retail import Invoice
from devstack.storefront import NoProgressError, Patience, Storefront

CUSTOMERS = 16
# Not AwaitingApproval: that waits for a person, which no run has.
IN_PROGRESS = frozenset({"Pending", "Reserved", "Paid"})

# The app's Retry-After suits people; these measure, so they look more often, and less so in time.
FIRST_POLL_SECONDS = 0.05
LONGEST_POLL_SECONDS = 0.5
POLL_GROWTH = 1.5


@dataclass(slots=True)
class Purchase:
    """What became of one invoice, as far as its customer knows."""

    invoice: Invoice
    order_id: str = ""
    """Empty until the order is accepted."""
    status: str = ""
    reason: str = ""
    problem: str = ""
    """What the app found wrong with the submission; empty also if it had no proper answer."""
    known_before: bool = False
    """Whether the first attempt found the order there already, from an earlier run."""
    polls: int = 0
    submit_seconds: float = 0.0
    final_seconds: float = 0.0

    @property
    def accepted(self) -> bool:
        """Whether the app has taken the order on."""
        return bool(self.order_id)

    @property
    def final(self) -> bool:
        """Whether the app is done with the order."""
        return self.accepted and self.status not in IN_PROGRESS

    @property
    def confirmed(self) -> bool:
        """Whether the order holds its stock and is paid."""
        return self.status == "Confirmed"


class Follower:
    """Looks at orders until they are final, often at first, then less and less often."""

    def __init__(self, storefront: Storefront, patience: Patience) -> None:
        self._storefront = storefront
        self._patience = patience

    async def follow(self, purchase: Purchase) -> None:
        """Look at an accepted order until it is final.

        Raises:
            NoProgressError: nothing has moved for too long.
        """
        etag = None
        pauses = poll_pauses()
        while not purchase.final:
            await self._patience.pause(next(pauses))
            answer = await self._storefront.order(purchase.order_id, etag)
            purchase.polls += 1
            if answer.status == 200:
                etag = answer.headers.get("ETag")
                self._note(purchase, answer.body)

    def _note(self, purchase: Purchase, order: Mapping[str, Any]) -> None:
        if order["status"] != purchase.status:
            self._patience.renew()
        purchase.status, purchase.reason = order["status"], order.get("reason") or ""


def poll_pauses() -> Iterator[float]:
    """How long to wait before each look."""
    pause = FIRST_POLL_SECONDS
    while True:
        yield pause
        pause = min(pause * POLL_GROWTH, LONGEST_POLL_SECONDS)


class Customers:
    """Everyone who buys over HTTP in one run."""

    def __init__(
        self, storefront: Storefront, products: Mapping[str, Product], patience: Patience
    ) -> None:
        self._storefront = storefront
        self._products = products
        self._patience = patience
        self._follower = Follower(storefront, patience)

    async def buy(
        self, invoices: Iterable[Invoice], on_settled: Callable[[Purchase], None]
    ) -> list[Purchase]:
        """Carry every invoice as far as it goes, in the order given; stop when nothing moves."""
        purchases = [Purchase(invoice) for invoice in invoices]
        waiting = iter(purchases)

        async def keep_buying() -> None:
            # Without progress all give up; the report shows what was left where.
            with contextlib.suppress(NoProgressError):
                for purchase in waiting:
                    await self._buy(purchase)
                    on_settled(purchase)

        await asyncio.gather(*(keep_buying() for _ in range(CUSTOMERS)))
        return purchases

    async def deliveries(self, purchases: Iterable[Purchase]) -> None:
        """Nothing of it went by mail."""

    async def _buy(self, purchase: Purchase) -> None:
        await self._submit(purchase)
        if purchase.accepted:
            accepted_at = time.perf_counter()
            await self._follower.follow(purchase)
            purchase.final_seconds = purchase.submit_seconds + time.perf_counter() - accepted_at

    async def _submit(self, purchase: Purchase) -> None:
        started = time.perf_counter()
        answer = await self._storefront.submit(
            idempotency_key(purchase.invoice), order_body(purchase.invoice, self._products)
        )
        purchase.submit_seconds = time.perf_counter() - started
        self._patience.renew()
        if 400 <= answer.status < 500:
            purchase.problem = answer.problem
        if answer.status != 202:
            return
        purchase.order_id, purchase.status = answer.body["id"], answer.body["status"]
        replayed = answer.headers.get("Idempotent-Replayed") == "true"
        purchase.known_before = replayed and answer.attempts == 1
