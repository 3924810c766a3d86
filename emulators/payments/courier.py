"""Delivers events to webhook endpoints: signed, at least once, in no particular order.

Signatures: https://docs.stripe.com/webhooks#verify-manually. A delivery stays pending in the
database until its endpoint answers 2xx, so that it survives the process.
"""

import asyncio
import hashlib
import hmac
import random
import time
from dataclasses import dataclass
from typing import Any

import aiohttp

from emulators.payments.outbox import DELIVERED, FAILED, PENDING, Delivery, Outbox

AT_ONCE = 16
TIMEOUT_SECONDS = 10.0
LONGEST_WAIT_SECONDS = 3600.0
PATIENCE_SECONDS = 3 * 24 * 60 * 60.0  # Stripe gives up after three days


@dataclass
class Switches:
    """How deliveries misbehave; *drop* holds them back until it is taken off."""

    duplicate: int = 0
    delay_ms: float = 0
    shuffle: bool = False
    drop: bool = False
    retry_ms: float = 5000


class Courier:
    """The background task; :meth:`wake` tells it that there is something to do."""

    def __init__(self, outbox: Outbox) -> None:
        self.switches = Switches()
        self._outbox = outbox
        self._news = asyncio.Event()
        outbox.on_delivery = self.wake

    def wake(self) -> None:
        self._news.set()

    async def run(self) -> None:
        """Deliver until canceled."""
        timeout = aiohttp.ClientTimeout(total=TIMEOUT_SECONDS)
        async with aiohttp.ClientSession(timeout=timeout) as session:
            while True:
                self._news.clear()
                batch = [] if self.switches.drop else self._outbox.due(time.time(), AT_ONCE)
                if not batch:
                    await self._wait()
                    continue
                if self.switches.shuffle:
                    random.shuffle(batch)
                await asyncio.gather(*(self._deliver(session, each) for each in batch))

    async def _wait(self) -> None:
        due = None if self.switches.drop else self._outbox.next_due()
        timeout = None if due is None else max(0.001, due - time.time())
        try:
            await asyncio.wait_for(self._news.wait(), timeout)
        except TimeoutError:
            return

    async def _deliver(self, session: aiohttp.ClientSession, delivery: Delivery) -> None:
        error = await self._attempt(session, delivery)
        for _ in range(self.switches.duplicate):
            await self._attempt(session, delivery)
        now = time.time()
        if error is None:
            self._outbox.settle(delivery, DELIVERED, now, None)
            return
        wait = min(
            self.switches.retry_ms / 1000 * 2 ** min(delivery.attempts, 20), LONGEST_WAIT_SECONDS
        )
        over = now + wait > delivery.created + PATIENCE_SECONDS
        self._outbox.settle(delivery, FAILED if over else PENDING, now + wait, error)

    async def _attempt(self, session: aiohttp.ClientSession, delivery: Delivery) -> str | None:
        """Post once; what went wrong, if anything did."""
        headers = {
            "Content-Type": "application/json; charset=utf-8",
            "Stripe-Signature": sign(delivery.payload, delivery.endpoint.secret, int(time.time())),
        }
        try:
            async with session.post(
                delivery.endpoint.url,
                data=delivery.payload.encode(),
                headers=headers,
                allow_redirects=False,
            ) as answer:
                return None if answer.ok and answer.status < 300 else f"status {answer.status}"
        except (aiohttp.ClientError, TimeoutError) as error:
            return f"{type(error).__name__}: {error}"

    def describe(self) -> dict[str, Any]:
        """What ``/_emulator/webhooks`` shows."""
        switches = self.switches
        return {
            **self._outbox.counts(),
            "duplicate": switches.duplicate,
            "delayMs": switches.delay_ms,
            "shuffle": switches.shuffle,
            "drop": switches.drop,
            "retryMs": switches.retry_ms,
            "unfinished": self._outbox.unfinished(100),
        }


def sign(payload: str, secret: str, timestamp: int) -> str:
    """The ``Stripe-Signature`` header for *payload*, made at *timestamp*."""
    signed = hmac.new(secret.encode(), f"{timestamp}.{payload}".encode(), hashlib.sha256)
    return f"t={timestamp},v1={signed.hexdigest()}"
