"""The running stack as all players share it: patient requests, and services that get killed."""

import asyncio
import threading
import time
from collections.abc import Coroutine
from typing import Any, Self, TypeVar

import aiohttp

from tests.chaos.order_lives.warehouse import Warehouse
from tests.shop import Answer, Shop
from tests.stacks import RunningStack

T = TypeVar("T")
Json = dict[str, Any]

EVENTS_PATH = "/runtime/webhooks/eventgrid?functionName=take_in_events"

IMPATIENT = {
    "PAYMENT_TIMEOUT_SECONDS": "1",
    "PAYMENT_CIRCUIT_RECOVERY_SECONDS": "1",
    "FEATURE_FLAG_REFRESH_SECONDS": "1",
}
"""Settings of an app that gives up on the bank soon, and soon tries it again."""

# Longer than a killed host takes to start, on a machine that is busy with everything else.
ANSWERED_WITHIN_SECONDS = 90
# A crash costs everybody seconds, and the feed the time until its leases expire.
SECONDS_BETWEEN_KILLS = 10


class World:
    """``with World(stack) as world:`` lets threads play on one stack, through one event loop."""

    def __init__(self, stack: RunningStack) -> None:
        self.stack = stack
        self.kills = 0
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._killing = threading.Lock()
        self._last_kill = time.monotonic()

    def __enter__(self) -> Self:
        self._thread.start()
        self._session = self.wait(self._open_session())
        self.warehouse = self.wait(self._open_warehouse())
        return self

    def __exit__(self, *_: object) -> None:
        self.wait(self.warehouse.close())
        self.wait(self._session.close())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    def wait(self, work: Coroutine[Any, Any, T]) -> T:
        """Have *work* done in the world's loop."""
        return asyncio.run_coroutine_threadsafe(work, self._loop).result()

    def shop(self) -> "PatientShop":
        """Products and a customer of their own."""
        return PatientShop(self._session, self.stack.urls)

    def kill(self, service: str) -> bool:
        """SIGKILL a service and start it again, unless one was killed just now; whether it was."""
        if not self._killing.acquire(blocking=False):
            return False
        try:
            if time.monotonic() < self._last_kill + SECONDS_BETWEEN_KILLS:
                return False
            self.stack.kill(service)
            self.stack.start(service)
            self._last_kill = time.monotonic()
            self.kills += 1
        finally:
            self._killing.release()
        return True

    async def _open_warehouse(self) -> Warehouse:
        return Warehouse(self.stack.settings)

    async def _open_session(self) -> aiohttp.ClientSession:
        timeout = aiohttp.ClientTimeout(total=30)
        return aiohttp.ClientSession(timeout=timeout, connector=aiohttp.TCPConnector(limit=64))


class PatientShop(Shop):
    """A client that asks again while nobody answers, as everybody has to who wants to know."""

    async def ask(
        self, method: str, path: str, *, until_well: bool = True, **request: Any
    ) -> Answer:
        """The first proper answer; that to an earlier attempt may have been lost.

        Unless *until_well*, it is an answer as well that some service is not available.
        """
        deadline = time.monotonic() + ANSWERED_WITHIN_SECONDS
        while True:
            try:
                answer = await super().ask(method, path, **request)
            except (aiohttp.ClientError, TimeoutError):
                answer = None
            if answer is not None and not (until_well and answer.status == 503):
                return answer
            assert time.monotonic() < deadline, f"no answer to {method} {path}, but {answer}"
            await asyncio.sleep(0.2)

    async def deliver(self, event: Json) -> bool:
        """Bring an event to the app as Event Grid does; whether it was acknowledged."""
        headers = {"aeg-event-type": "Notification"}
        answer = await self.ask("POST", EVENTS_PATH, json=[event], headers=headers)
        assert answer.status in (202, 500), answer
        return answer.status == 202

    async def payments(self, order_id: str) -> list[Json]:
        """The order's payments in the provider's ledger."""
        query = {"orderId": order_id}
        url = f"{self.urls['payments']}/_emulator/ledger"
        ledger = await self._emulator("GET", url, params=query)
        return list(ledger["payments"])

    async def break_payments(self, **fault: Any) -> None:
        """Put a fault of the payment provider in force."""
        await self._emulator("POST", f"{self.urls['payments']}/_emulator/faults", json=fault)

    async def dispute(self, payment_id: str) -> None:
        """The customer says at the bank that a payment was not theirs."""
        url = f"{self.urls['payments']}/_emulator/disputes"
        await self._emulator("POST", url, json={"payment_intent": payment_id})

    async def mend_payments(self, order_id: str) -> None:
        """End the faults that meet the payments of an order."""
        query = {"orderId": order_id}
        await self._emulator("DELETE", f"{self.urls['payments']}/_emulator/faults", params=query)

    async def be_quick_with_news(self) -> None:
        """Have the provider tell news twice, shuffled, and again soon where they come too early."""
        switches = {"duplicate": 1, "shuffle": True, "retryMs": 500}
        await self._emulator("POST", f"{self.urls['payments']}/_emulator/webhooks", json=switches)

    async def pending_news(self) -> int:
        """How many messages of the provider are not delivered yet."""
        news = await self._emulator("GET", f"{self.urls['payments']}/_emulator/webhooks")
        return int(news["pending"])

    async def _emulator(self, method: str, url: str, **request: Any) -> Json:
        deadline = time.monotonic() + ANSWERED_WITHIN_SECONDS
        while True:
            try:
                async with self.session.request(method, url, **request) as response:
                    response.raise_for_status()
                    return await response.json() if response.status != 204 else {}
            except (aiohttp.ClientConnectionError, TimeoutError):
                assert time.monotonic() < deadline, f"no answer to {method} {url}"
                await asyncio.sleep(0.2)
