"""The events of a run: every order, some of them twice, some poison among them, in no order.

Nothing is left to chance: the same invoices give the same events in the same order on every run.
"""

import json
import math
import random
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from devstack.catalogue import Product, idempotency_key, order_body
from devstack.poison import Poison, poisoned
from devstack.retail import Invoice
from shared.domain.identity import derive_order_id

Json = dict[str, Any]

SOURCE = "urn:online-retail"
ORDER_SUBMITTED = "Orders.OrderSubmitted"

TWICE = 0.10
POISON = 0.01
SEED = 536365

MOST_EVENTS = 100
# Event Grid takes 1 MB in a request.
MOST_BYTES = 900_000


@dataclass(frozen=True, slots=True)
class Mail:
    """Everything that is published in one run."""

    events: Sequence[Json]
    orders: int
    duplicates: int
    poison: Sequence[Poison]


def event_id(invoice: Invoice) -> str:
    """The same whenever the invoice is published: to the app, the order's idempotency key."""
    return idempotency_key(invoice)


def order_id(invoice: Invoice) -> str:
    """The id that the order will have, which its sender can know beforehand."""
    return derive_order_id(SOURCE, event_id(invoice))


def order_event(invoice: Invoice, products: Mapping[str, Product], now: datetime) -> Json:
    """*invoice* as the CloudEvent of a submitted order."""
    return {
        "specversion": "1.0",
        "id": event_id(invoice),
        "source": SOURCE,
        "type": ORDER_SUBMITTED,
        "subject": invoice.number,
        "time": now.isoformat(),
        "datacontenttype": "application/json",
        "data": order_body(invoice, products),
    }


def write_mail(
    invoices: Sequence[Invoice],
    products: Mapping[str, Product],
    now: datetime,
    seed: int = SEED,
) -> Mail:
    """The events of all *invoices*: a tenth of them twice, one in a hundred poison, shuffled."""
    chance = random.Random(seed)  # noqa: S311  # repeatable, not secret
    events = [order_event(invoice, products, now) for invoice in invoices]
    twice = chance.sample(events, math.ceil(len(events) * TWICE))
    spoilt = chance.sample(events, math.ceil(len(events) * POISON))
    poison = [poisoned(event, number, now) for number, event in enumerate(spoilt)]
    mixed = [*events, *twice, *(bad.event for bad in poison)]
    chance.shuffle(mixed)
    return Mail(mixed, len(events), len(twice), poison)


def batches(
    events: Iterable[Json], most_events: int = MOST_EVENTS, most_bytes: int = MOST_BYTES
) -> Iterator[list[Json]]:
    """*events* in requests that Event Grid takes; one that is too large by itself goes alone."""
    batch: list[Json] = []
    size = 0
    for event in events:
        added = len(json.dumps(event).encode()) + 1
        if batch and (len(batch) == most_events or size + added > most_bytes):
            yield batch
            batch, size = [], 0
        batch.append(event)
        size += added
    if batch:
        yield batch
