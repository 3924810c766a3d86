"""One sequence of steps: a shop with one customer, the customer's orders, and all that is done."""

import asyncio
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from shared.domain.identity import derive_order_id
from shared.domain.letter import letter_id
from tests.chaos.order_lives.books import DISPUTED, Books
from tests.chaos.order_lives.life import Life
from tests.chaos.order_lives.reading import read_books, read_order
from tests.chaos.order_lives.world import PatientShop, World
from tests.events import cloud_event
from tests.shop import Answer

Json = dict[str, Any]

MOST_ORDERS = 3
ON_HAND = {"MUG": 1_000, "CUP": 1_000, "RARE": 5}


@dataclass(slots=True)
class Sent:
    """An event that was brought to the app, and the letter that it may have become."""

    event: Json
    letter: str
    is_acknowledged: bool
    """Otherwise the app could not take it in, and it has to be brought again."""


class Story:
    """What the rules act on. Their steps are written down for whoever has to understand a fault."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.shop: PatientShop = world.shop()
        self.lives: list[Life] = []
        self.sent: list[Sent] = []
        self.steps: list[str] = []
        self.stocked = {self.shop.sku(name): count for name, count in ON_HAND.items()}
        self.lowest = dict(self.stocked)
        """What is certain to have been there for orders at any moment."""

    def note(self, step: str) -> None:
        """Write down what is done, before it is; what is done again and again, once."""
        if not self.steps or not self.steps[-1].endswith(f" {step}"):
            self.steps.append(f"{datetime.now(UTC):%H:%M:%S.%f} {step}")

    def told(self, problems: list[str]) -> str:
        """*problems* and how it came to them."""
        return "\n  ".join(["", *problems, f"in the story of {self.shop.prefix}:", *self.steps])

    async def open(self) -> None:
        """Put the products on the shelf."""
        await self.shop.stock(**ON_HAND)

    def order_id(self, number: int) -> str:
        """The id of the customer's order of this number, whether it was submitted or not."""
        return derive_order_id(f"customer-{self.shop.prefix}", self._key(number))

    async def submit(self, quantities: dict[str, int], card: str) -> Life:
        """The customer's next order, until it is answered."""
        number = len(self.lives)
        body = self.shop.order(quantities, paymentMethod=card)
        receipt = await self.shop.submit_patiently(body, self._key(number))
        life = Life(self.order_id(number), self._key(number), body, receipt)
        assert receipt["id"] == life.id
        self.lives.append(life)
        return life

    async def send(self, event_type: str, copies: int = 1, **data: Any) -> Sent:
        """Something that another system tells, perhaps more than once."""
        now = datetime.now(UTC)
        event = cloud_event(event_type, data, time=now.isoformat())
        taken = await asyncio.gather(*(self.shop.deliver(event) for _ in range(copies)))
        sent = Sent(event, letter_id(now, event["source"], event["id"]), all(taken))
        self.sent.append(sent)
        return sent

    async def decide(self, life: Life, decision: str) -> Answer:
        """Approve an order, or reject it."""
        path = f"/api/orders/{life.id}/approval"
        answer = await self.shop.ask("POST", path, json={"decision": decision})
        assert answer.status in (202, 409), answer
        if answer.status == 202:
            life.decision = answer.body["approval"]["decision"]
        return answer

    async def letter_state(self, sent: Sent) -> str:
        """What the letter of an event is by now; empty if it never was one."""
        answer = await self.shop.ask("GET", f"/api/ops/dead-letters/{sent.letter}")
        return str(answer.body["state"]) if answer.status == 200 else ""

    async def orders(self) -> list[Json]:
        """All orders as they are now."""
        ids = (life.id for life in self.lives)
        return list(await asyncio.gather(*(read_order(self.shop, each) for each in ids)))

    async def books(self) -> Books:
        """Everything that is written about the story's orders and stock."""
        return await read_books(self.shop, [life.id for life in self.lives], self.stocked)

    def untold(self, books: Books) -> Iterator[str]:
        """What the provider has said, or is about to say, and nobody has been told of yet."""
        for life, book in zip(self.lives, books.orders, strict=True):
            if life.is_disputed and not book.needed_attention(DISPUTED):
                yield f"{life.id}: it is disputed, and nobody was told"
            if life.is_unrefundable and book.ledger("amountRefunded"):
                yield f"{life.id}: its refund has yet to fail"
            if len(book.refunds) != len(life.refunds):
                yield f"{life.id}: it has {len(book.refunds)} refunds, accepted were {life.refunds}"

    def is_contested(self, life: Life) -> bool:
        """Whether somebody had to go without what *life* asks for."""
        asked: Counter[str] = Counter()
        for each in self.lives:
            asked += each.quantities
        return any(asked[sku] > self.lowest[sku] for sku in life.quantities)

    def surprises(self, orders: list[Json]) -> Iterator[str]:
        """What of the orders, all at rest, does not follow from what was asked."""
        for life, order in zip(self.lives, orders, strict=True):
            yield from life.surprises(order, is_contested=self.is_contested(life))

    def _key(self, number: int) -> str:
        return f"{self.shop.prefix}-{number}"
