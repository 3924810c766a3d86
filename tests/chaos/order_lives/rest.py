"""The end of a story: faults are over, everything comes to rest, and then all books agree."""

import asyncio
import time
from typing import Any

from tests.chaos.order_lives.audit import discrepancies
from tests.chaos.order_lives.books import REFUND_FAILED, Books
from tests.chaos.order_lives.life import Life, outcome
from tests.chaos.order_lives.story import MOST_ORDERS, Sent, Story

# Sagas pause for seconds after faults; a host that died keeps its part of the feed for a while.
AT_REST_WITHIN_SECONDS = 150
# After so many attempts in vain a person thinks of something else.
ENOUGH = 3
FIRST_PAUSE_SECONDS, LONGEST_PAUSE_SECONDS = 0.1, 2.0


async def mend(story: Story) -> None:
    """Take back the story's faults."""
    ids = [story.order_id(number) for number in range(MOST_ORDERS)]
    await asyncio.gather(*map(story.shop.mend_payments, ids))


async def come_to_rest(story: Story) -> Books:
    """The story's books once nothing is wrong with them; orders in need of attention are resumed.

    Raises:
        AssertionError: something stays wrong; it says what, and how it came to that.
    """
    await mend(story)
    deadline = time.monotonic() + AT_REST_WITHIN_SECONDS
    pause = FIRST_PAUSE_SECONDS
    while True:
        problems = await _open_matters(story)
        if not problems:
            books = await story.books()
            problems = [*discrepancies(books), *story.untold(books)]
            if not problems:
                return books
        assert time.monotonic() < deadline, story.told(problems)
        await asyncio.sleep(pause)
        pause = min(pause * 1.5, LONGEST_PAUSE_SECONDS)


async def _open_matters(story: Story) -> list[str]:
    """What is not settled yet, after a push in the right direction."""
    orders = await story.orders()
    for life, order in zip(story.lives, orders, strict=True):
        await _put_back(story, life, order)
        if order["status"] == "AwaitingApproval" and "decision" not in order["approval"]:
            story.note(f"approve {life.id}")
            await story.decide(life, "approve")
        if order["status"] == "NeedsAttention":
            await _attend_to(story, life, order)
    waiting = await asyncio.gather(*(_still_waits(story, sent) for sent in story.sent))
    letters = [
        f"{sent.event['type']} still waits"
        for sent, waits in zip(story.sent, waiting, strict=True)
        if waits and not (sent.is_acknowledged and _waits_in_vain(story, sent))
    ]
    return [*story.surprises(orders), *letters]


async def _put_back(story: Story, life: Life, order: dict[str, Any]) -> None:
    """Find what was mislaid, if the order is to have it and nothing else is being done to it."""
    is_shipping = order.get("reason") == "reservation-released"
    is_kept = outcome(order) == "Confirmed" and "cancellation" not in order and not life.dispatched
    if life.mislaid and (is_shipping or is_kept):
        story.note(f"put {life.mislaid} of {life.id} back")
        quantity = life.quantities[life.mislaid]
        await story.world.warehouse.put_back(life.id, life.mislaid, quantity)
        life.mislaid = ""


async def _attend_to(story: Story, life: Life, order: dict[str, Any]) -> None:
    """As an operator would; whoever was faster has done it already.

    What the provider cannot give back, because of a dispute or because it came back to us, has to
    go to the customer in another way: then a person says that it did.
    """
    action, body = "resume", None
    if order["reason"] == REFUND_FAILED or (life.keeps_its_money and life.resumed > ENOUGH):
        action, body = "resolve", {"outcome": "done", "resolution": "paid by cheque"}
    story.note(f"{action} {life.id}")
    life.resumed += 1
    answer = await story.shop.ask("POST", f"/api/orders/{life.id}/{action}", json=body)
    assert answer.status in (200, 202, 409), answer


async def _still_waits(story: Story, sent: Sent) -> bool:
    """Whether an event is not settled, after it was tried once more."""
    if not sent.is_acknowledged:
        sent.is_acknowledged = await story.shop.deliver(sent.event)
        return True
    if await story.letter_state(sent) != "waiting":
        return False
    await story.shop.ask("POST", f"/api/ops/dead-letters/{sent.letter}/replay")
    return await story.letter_state(sent) == "waiting"


def _waits_in_vain(story: Story, sent: Sent) -> bool:
    """A parcel that arrives without having left may leave within the next day."""
    about = next((each for each in story.lives if _is_about(sent, each)), None)
    is_arrival = sent.event["type"] == "Shipping.ShipmentDelivered"
    return is_arrival and about is not None and not about.dispatched


def _is_about(sent: Sent, life: Life) -> bool:
    return bool(sent.event["data"].get("orderId") == life.id)
