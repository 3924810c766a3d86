"""Sixteen customers at a time, each submitting an order and following it to its final state."""

import asyncio
import contextlib
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from devstack.catalogue import Product, idempotency_key, order_body
from devstack.retail import Invoice
from devstack.storefront import NoProgressError, Patience, Storefront

CUSTOMERS = 16
IN_PROGRESS = frozenset({"Pending", "AwaitingApproval", "Reserved", "Paid"})

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


class Customers:
    """Everyone who buys in one run."""

    def __init__(
        self,
        storefront: Storefront,
        products: Mapping[str, Product],
        patience: Patience,
        on_settled: Callable[[Purchase], None],
    ) -> None:
        self._storefront = storefront
        self._products = products
        self._patience = patience
        self._on_settled = on_settled

    async def buy(self, invoices: Iterable[Invoice]) -> list[Purchase]:
        """Carry every invoice as far as it goes, in the order given; stop when nothing moves."""
        purchases = [Purchase(invoice) for invoice in invoices]
        waiting = iter(purchases)

        async def keep_buying() -> None:
            # Without progress all give up; the report shows what was left where.
            with contextlib.suppress(NoProgressError):
                for purchase in waiting:
                    await self._buy(purchase)
                    self._on_settled(purchase)

        await asyncio.gather(*(keep_buying() for _ in range(CUSTOMERS)))
        return purchases

    async def _buy(self, purchase: Purchase) -> None:
        await self._submit(purchase)
        if purchase.accepted:
            await self._follow(purchase)

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

    async def _follow(self, purchase: Purchase) -> None:
        accepted_at = time.perf_counter()
        pause, etag = FIRST_POLL_SECONDS, None
        while not purchase.final:
            await self._patience.pause(pause)
            pause = min(pause * POLL_GROWTH, LONGEST_POLL_SECONDS)
            answer = await self._storefront.order(purchase.order_id, etag)
            purchase.polls += 1
            if answer.status == 200:
                etag = answer.headers.get("ETag")
                self._note(purchase, answer.body)
        purchase.final_seconds = purchase.submit_seconds + time.perf_counter() - accepted_at

    def _note(self, purchase: Purchase, order: Mapping[str, Any]) -> None:
        if order["status"] != purchase.status:
            self._patience.renew()
        purchase.status, purchase.reason = order["status"], order.get("reason") or ""
