"""What is told of an order, against itself and its record: the timeline, and what was published."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from itertools import pairwise
from typing import Any

from tests.chaos.order_lives.books import OrderBook, minor_units

Json = dict[str, Any]

ATTENTION = "NeedsAttention"

# On purpose not the app's own table: who copies a mistake does not find it. What needs attention
# comes from anywhere, and goes back to where it was or on from there.
NEXT: Mapping[str, set[str]] = {
    "Pending": {"AwaitingApproval", "Reserved", "Rejected", "Cancelled"},
    "AwaitingApproval": {"Reserved", "Rejected", "Cancelled"},
    "Reserved": {"Paid", "Confirmed", "Rejected", "Cancelled"},
    "Paid": {"Confirmed", "Rejected", "Cancelled"},
    "Confirmed": {"Shipped", "Cancelled", "Refunded"},
    "Shipped": {"Delivered", "Refunded"},
    "Delivered": {"Refunded"},
    "Rejected": set(),
    "Cancelled": set(),
    "Refunded": set(),
}

ONCE = ("OrderSubmitted", "StockReserved", "PaymentCaptured", "OrderConfirmed", "OrderShipped")
# What the topic calls an entry of the timeline, where that is not "Orders." and its type.
ANNOUNCED_AS = {"OrderSubmitted": "Orders.OrderAccepted"}
# The money of this one came in; that of all others went out.
CAPTURED = "Orders.PaymentCaptured"


def timeline_faults(book: OrderBook) -> Iterator[str]:
    """The timeline against itself and against the record."""
    numbers = [event["number"] for event in book.timeline]
    if numbers != list(range(1, len(numbers) + 1)):
        yield f"{book.name}: the timeline is numbered {numbers}"
    statuses = [event["status"] for event in book.timeline]
    for before, after in pairwise(status for status in statuses if status != ATTENTION):
        if after != before and after not in NEXT[before]:
            yield f"{book.name}: it went from {before} to {after}"
    if statuses[:1] != ["Pending"] or statuses[-1] != book.order["status"]:
        yield f"{book.name}: the timeline goes from {statuses[:1]} to {statuses[-1:]}"
    types = Counter(event["type"] for event in book.timeline)
    yield from (f"{book.name}: {types[one]} times {one}" for one in ONCE if types[one] > 1)


def announcement_faults(book: OrderBook, published: Iterable[Json]) -> Iterator[str]:
    """The timeline against what the topic took: all of it, first in order, each time the same."""
    due = {event["number"]: event for event in book.timeline}
    first: dict[int, Json] = {}
    for announced in published:
        number = announced["data"]["number"]
        if announced["data"] != first.setdefault(number, announced)["data"]:
            yield f"{book.name}: event {number} was published in two ways"
    if list(first) != list(due):
        yield f"{book.name}: published {list(first)}, due {list(due)}"
    for number in due.keys() & first.keys():
        if (told := _told(first[number])) != (real := _real(due[number])):
            yield f"{book.name}: published {told}, and it was {real}"
    yield from _published_money(book, first.values())


def _published_money(book: OrderBook, announced: Iterable[Json]) -> Iterator[str]:
    money = Counter[str]()
    for event in announced:
        field = "captured" if event["type"] == CAPTURED else "refunded"
        money[field] += minor_units(event["data"]["amount"]) if "amount" in event["data"] else 0
    for field in ("captured", "refunded"):
        if money[field] != book.money(field):
            yield f"{book.name}: {field} {book.money(field)}, published {money[field]}"


def _told(announced: Json) -> Json:
    data = announced["data"]
    return {"type": announced["type"], **{name: data.get(name) for name in _SHOWN}}


def _real(event: Json) -> Json:
    kind = ANNOUNCED_AS.get(event["type"], f"Orders.{event['type']}")
    return {"type": kind, **{name: event.get(name) for name in _SHOWN}}


_SHOWN = ("status", "at", "reason")
