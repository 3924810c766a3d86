"""Holds containers to their throughput: a bucket of request units for each physical range."""

import math
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from emulators.cosmos.definitions import most_of
from emulators.cosmos.errors import CosmosError, TooManyRequests
from emulators.cosmos.exchange import Call, Reply
from emulators.cosmos.handlers import container_of, optional_key
from emulators.cosmos.store import Container, Store

Handler = Callable[[Store, Call], Reply]
_MILLISECONDS: Final = 1000


@dataclass(slots=True)
class Bucket:
    """Fills at *rate* units a second up to one second's worth; a costly request leaves a debt."""

    rate: float
    level: float
    filled_at: float

    def wait(self, rate: float, now: float) -> float:
        """The seconds until the debt is paid; 0 lets a request pass."""
        self.rate = rate
        self.level = min(rate, self.level + (now - self.filled_at) * rate)
        self.filled_at = now
        return max(0.0, -self.level / rate)


class Throttle:
    """The buckets of an account."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._buckets: dict[tuple[str, str], Bucket] = {}

    def serve(self, handler: Handler, store: Store, call: Call) -> Reply:
        """Handle a request about items, if its ranges can pay for it.

        Raises:
            TooManyRequests: one of them is in debt; it says for how long.
        """
        buckets = self._admitted(store, call)
        try:
            reply = handler(store, call)
        except CosmosError as error:
            _pay(buckets, error.charge)
            raise
        _pay(buckets, reply.charge)
        return reply

    def _admitted(self, store: Store, call: Call) -> list[Bucket]:
        container = container_of(store, call)
        owner, throughput = _budget(store, container)
        rate, now = throughput / len(container.ranges), self._clock()
        buckets = [self._bucket(owner, name, rate, now) for name in _ranges(call, container)]
        wait = max(bucket.wait(rate, now) for bucket in buckets)
        if wait > 0:
            raise TooManyRequests(max(1, math.ceil(wait * _MILLISECONDS)))
        return buckets

    def _bucket(self, owner: str, name: str, rate: float, now: float) -> Bucket:
        return self._buckets.setdefault((owner, name), Bucket(rate, rate, now))


def _pay(buckets: list[Bucket], charge: float) -> None:
    for bucket in buckets:
        bucket.level -= charge / len(buckets)


def _budget(store: Store, container: Container) -> tuple[str, int]:
    """Whose throughput a container uses, its own or its database's, and how much that is."""
    offers = {offer["offerResourceId"]: offer["content"] for offer in store.offers.values()}
    owner = container.rid if container.rid in offers else container.database.rid
    return owner, most_of(offers[owner])


def _ranges(call: Call, container: Container) -> list[str]:
    """The ids of the ranges that a request works on."""
    key = optional_key(call, container)
    if key is not None:
        return [container.range_id(key)]
    names = [part.id for part in container.ranges]
    named = call.headers.get("x-ms-documentdb-partitionkeyrangeid")
    return [named] if named in names else names
