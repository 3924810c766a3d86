"""Brings a subscription its events: many requests at once, retries, and an end to them."""

import asyncio
import random
import time
from collections import defaultdict
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Final

from emulators.event_grid.clock import Clock
from emulators.event_grid.dead_letters import DeadLetters
from emulators.event_grid.faults import DELIVER, DUPLICATES, REORDER, EventGridFaults
from emulators.event_grid.handshake import Handshake
from emulators.event_grid.outcomes import (
    ATTEMPTS_EXCEEDED,
    FAILURES_BEFORE_PROBATION,
    REFUSED,
    SOCKET_ERROR,
    TIME_EXCEEDED,
    Outcome,
    probation,
    retry_wait,
)
from emulators.event_grid.routing import Route
from emulators.event_grid.stats import Attempt, SubscriptionStats
from emulators.event_grid.store import Delivery, Store
from emulators.event_grid.webhook import Webhook
from emulators.fault import AFTER, BEFORE, Fault

CONCURRENT_REQUESTS: Final = 16
_KILOBYTE: Final = 1024


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What all couriers share."""

    store: Store
    clock: Clock
    faults: EventGridFaults
    dice: random.Random


class Courier:
    """Of one subscription; its state is here, its queue in the store."""

    def __init__(
        self, route: Route, around: Surroundings, webhook: Webhook, handshake: Handshake
    ) -> None:
        self.route = route
        self.handshake = handshake
        self.stats = SubscriptionStats()
        self.dead_letters = DeadLetters(route, around.store, around.clock, self.stats)
        self.paused = False
        self.probation_until = 0.0
        self._around = around
        self._store, self._clock = around.store, around.clock
        self._webhook = webhook
        self._failures_in_a_row = 0
        self._failure: BaseException | None = None
        self._running: set[asyncio.Task[None]] = set()
        self._wake = asyncio.Event()

    async def run(self) -> None:
        """Deliver for ever, from when the endpoint has agreed."""
        await self.handshake.run()
        try:
            while True:
                self._start_requests()
                await self._idle()
                if self._failure:
                    raise self._failure
        finally:
            for task in self._running:
                task.cancel()

    def wake(self) -> None:
        """There may be something to do earlier than expected."""
        self._wake.set()

    @property
    def on_probation(self) -> bool:
        return self.probation_until > self._clock.now()

    def _may_start(self) -> bool:
        free = len(self._running) < CONCURRENT_REQUESTS
        return free and not self.paused and not self.on_probation

    def _start_requests(self) -> None:
        while self._may_start():
            due = self._store.next_due(self.route.id)
            if due is None or due > self._clock.now():
                return
            fault = self._around.faults.draw({"operation": DELIVER, **self._facts})
            batch = self._claim(newest_first=bool(fault and fault.details.get(REORDER)))
            if batch:
                task = asyncio.create_task(self._send(batch, fault))
                self._running.add(task)
                task.add_done_callback(self._ended)

    @property
    def _facts(self) -> dict[str, str]:
        return {"topic": self.route.topic.name, "subscription": self.route.subscription.name}

    def _ended(self, task: asyncio.Task[None]) -> None:
        self._running.discard(task)
        self._wake.set()
        if not task.cancelled():
            # An error here is the emulator's own, and ends the courier: that shows.
            self._failure = self._failure or task.exception()

    async def _idle(self) -> None:
        timeout = None
        due = self._store.next_due(self.route.id)
        if due is not None and not self.paused and len(self._running) < CONCURRENT_REQUESTS:
            timeout = max(0.0, max(due, self.probation_until) - self._clock.now())
        with suppress(TimeoutError):
            await asyncio.wait_for(self._wake.wait(), timeout)
        self._wake.clear()

    def _claim(self, *, newest_first: bool) -> list[Delivery]:
        """Take what goes into one request; what is too old is given up instead."""
        batching, now = self.route.subscription.batching, self._clock.now()
        with self._store.transaction():
            claimed = self._store.claim(
                self.route.id,
                now,
                batching.max_events_per_batch,
                batching.preferred_batch_size_in_kilobytes * _KILOBYTE,
                newest_first=newest_first,
            )
            minutes = self.route.subscription.retry_policy.event_time_to_live_in_minutes
            born = now - self._clock.wait(minutes * 60)
            expired = [one for one in claimed if one.published < born]
            if expired:
                self.dead_letters.give_up(expired, TIME_EXCEEDED, now)
        return [one for one in claimed if one.published >= born]

    async def _send(self, batch: Sequence[Delivery], fault: Fault | None) -> None:
        started = time.monotonic()
        outcome = await self._attempt(batch, fault)
        self._count(batch, outcome, time.monotonic() - started)
        self._settle(batch, outcome)

    async def _attempt(self, batch: Sequence[Delivery], fault: Fault | None) -> Outcome:
        if fault is None:
            return await self._webhook.deliver(batch)
        await asyncio.sleep(fault.latency_ms / 1000)
        if fault.status:
            return Outcome.of_status(fault.status, "an injected fault")
        if fault.drop == BEFORE:
            return Outcome(SOCKET_ERROR, detail="an injected fault: nothing was sent")
        outcome = await self._webhook.deliver(batch)
        for _ in range(fault.details.get(DUPLICATES, 0)):
            self.stats.requests += 1
            await self._webhook.deliver(batch)
        if fault.drop == AFTER:
            return Outcome(SOCKET_ERROR, detail="an injected fault: the answer was lost")
        return outcome

    def _count(self, batch: Sequence[Delivery], outcome: Outcome, seconds: float) -> None:
        stats, now = self.stats, self._clock.now()
        stats.requests += 1
        stats.attempts += len(batch)
        stats.retries += sum(one.attempts > 0 for one in batch)
        ids = Attempt.ids(one.event for one in batch)
        attempt = Attempt(
            now, outcome.name, outcome.status, outcome.detail, len(batch), ids, seconds
        )
        stats.recent.appendleft(attempt)
        if outcome.delivered:
            self._failures_in_a_row = 0
            return
        stats.failed_requests += 1
        stats.failures.appendleft(attempt)
        self._consider_probation(outcome, now)

    def _consider_probation(self, outcome: Outcome, now: float) -> None:
        seconds = probation(outcome)
        if not seconds:
            return
        self._failures_in_a_row += 1
        if self._failures_in_a_row >= FAILURES_BEFORE_PROBATION:
            self.probation_until = now + self._clock.wait(seconds)

    def _settle(self, batch: Sequence[Delivery], outcome: Outcome) -> None:
        with self._store.transaction():
            if outcome.delivered:
                self.stats.delivered += len(batch)
                self._store.remove(batch)
            else:
                self._store.record_attempt(batch, outcome.name, self._clock.now())
                self._judge(batch, outcome)

    def _judge(self, batch: Sequence[Delivery], outcome: Outcome) -> None:
        """Plan the next attempt of each event, or none."""
        now, groups = self._clock.now(), defaultdict(list)
        for one in batch:
            groups[one.attempts + 1].append(one)
        for attempts, group in groups.items():
            if outcome.final:
                self.dead_letters.give_up(group, REFUSED, now)
            elif attempts >= self.route.subscription.retry_policy.max_delivery_attempts:
                self.dead_letters.give_up(group, ATTEMPTS_EXCEEDED, now)
            else:
                seconds = retry_wait(attempts, outcome, self._around.dice)
                self._store.postpone(group, now + self._clock.wait(seconds))
