"""The same customers, who send their orders as events and look for what became of them."""

import asyncio
import contextlib
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from devstack.catalogue import Product
from devstack.customers import CUSTOMERS, Follower, Purchase, poll_pauses
from devstack.deliveries import Deliveries, letter_faults
from devstack.letter_watch import LOOK_EVERY_SECONDS, LetterWatch, cancelled
from devstack.mail import Mail, batches, event_id, order_id, write_mail
from devstack.retail import Invoice
from devstack.storefront import NoProgressError, Patience, Storefront
from devstack.topic import Topic

# All orders are there at once and go on in turns, so nothing may be seen of the first ones for as
# long as a step of all others takes.
SECONDS_FOR_EACH_OTHER = 0.2


@dataclass(frozen=True, slots=True)
class _Posted:
    """A purchase whose event the topic has, and when that was sent."""

    purchase: Purchase
    at: float


class EventCustomers:
    """Everyone who buys by events in one run: all of them at once, some twice, some badly."""

    def __init__(
        self,
        storefront: Storefront,
        products: Mapping[str, Product],
        patience: Patience,
        topic: Topic,
    ) -> None:
        self._storefront = storefront
        self._products = products
        self._patience = patience
        self._topic = topic
        self._follower = Follower(storefront, patience)
        self._letters = LetterWatch(storefront)
        self._posted: asyncio.Queue[_Posted | None] = asyncio.Queue()
        self._requests = 0

    async def buy(
        self, invoices: Sequence[Invoice], on_settled: Callable[[Purchase], None]
    ) -> list[Purchase]:
        """Publish every invoice, and follow each as far as it goes; stop when nothing moves.

        Raises:
            ApiError: the app does not tell its dead letters.
            TopicError: the topic did not take the events.
        """
        await self._letters.forget()
        self._patience.stretch(len(invoices) * SECONDS_FOR_EACH_OTHER)
        self._started = datetime.now(UTC)
        self._mail = write_mail(invoices, self._products, self._started)
        purchases = {event_id(invoice): Purchase(invoice) for invoice in invoices}
        async with self._letters.watched():
            following = [
                asyncio.create_task(self._keep_following(on_settled)) for _ in range(CUSTOMERS)
            ]
            try:
                await self._publish(self._mail, dict(purchases))
                await asyncio.gather(*following)
            finally:
                await cancelled(following)
        return list(purchases.values())

    async def deliveries(self, purchases: Sequence[Purchase]) -> Deliveries:
        """What the app made of all events; waits for the dead letters that are due."""
        self._patience.renew()
        with contextlib.suppress(NoProgressError):
            await self._letters.look()
            while any(not self._letters.reason(poison.id) for poison in self._mail.poison):
                await self._patience.pause(LOOK_EVERY_SECONDS)
                await self._letters.look()
        letters = self._letters.new
        faults = list(letter_faults(self._mail, purchases, letters))
        return Deliveries(self._mail, self._requests, letters, faults)

    async def _publish(self, mail: Mail, waiting: dict[str, Purchase]) -> None:
        """Send all of *mail*, and hand each purchase on once the topic has its event."""
        for batch in batches(mail.events):
            started = time.perf_counter()
            await self._topic.publish(batch)
            seconds = time.perf_counter() - started
            self._requests += 1
            for event in batch:
                purchase = waiting.pop(event["id"], None)
                if purchase:  # the first time; not a duplicate, and no poison
                    purchase.submit_seconds = seconds
                    self._posted.put_nowait(_Posted(purchase, started))
        for _ in range(CUSTOMERS):
            self._posted.put_nowait(None)

    async def _keep_following(self, on_settled: Callable[[Purchase], None]) -> None:
        # Without progress all give up; the report shows what was left where.
        with contextlib.suppress(NoProgressError):
            while posted := await self._posted.get():
                purchase = posted.purchase
                await self._find(purchase)
                if purchase.accepted:
                    await self._follower.follow(purchase)
                    purchase.final_seconds = time.perf_counter() - posted.at
                on_settled(purchase)

    async def _find(self, purchase: Purchase) -> None:
        """Look for the order until the app has taken it in, or has refused it."""
        name, pauses = event_id(purchase.invoice), poll_pauses()
        while not purchase.accepted:
            purchase.problem = self._letters.reason(name)
            if purchase.problem:
                return
            answer = await self._storefront.order(order_id(purchase.invoice), None)
            purchase.polls += 1
            if answer.status == 200:
                self._patience.renew()
                purchase.order_id, purchase.status = answer.body["id"], answer.body["status"]
                purchase.reason = answer.body.get("reason") or ""
                placed_at = datetime.fromisoformat(answer.body["placedAt"])
                purchase.known_before = placed_at < self._started
            else:  # 404: it is still on its way
                await self._patience.pause(next(pauses))
