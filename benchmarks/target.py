"""What is measured: an app on the emulated host, and how much work its engine has done."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from statistics import median
from typing import Any

import aiohttp

from benchmarks.load import Measured, measure

WARM_UP = 50
STEPS = 4
PATIENCE_SECONDS = 300

Send = Callable[[int], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class Target:
    """An app that answers at *base_url*."""

    session: aiohttp.ClientSession
    base_url: str

    async def post(
        self, path: str, body: Any, status: int, headers: Mapping[str, str] | None = None
    ) -> None:
        """Send one request.

        Raises:
            RuntimeError: another status than expected; a benchmark of errors measures nothing.
        """
        url = self.base_url + path
        async with self.session.post(url, json=body, headers=headers) as response:
            text = await response.text()
            if response.status != status:
                raise RuntimeError(f"{url} answered {response.status}: {text}")

    async def to_the_end(self, send: Send, count: int) -> tuple[Measured, float]:
        """Send *count* requests, each of which starts STEPS activities, and wait until all are
        done: what sending was like meanwhile, and how many were finished a second.
        """
        await self._run(send, WARM_UP)
        return await self._run(send, count)

    async def one_by_one(self, send: Send, count: int) -> tuple[float, float]:
        """Medians in milliseconds of *send* alone, and of all that it starts, with nothing else
        going on.
        """
        sent: list[float] = []
        done: list[float] = []
        for number in range(count):
            before = await self.activities()
            began = time.perf_counter()
            await send(number)
            sent.append(time.perf_counter() - began)
            await self.until_activities(before + STEPS)
            done.append(time.perf_counter() - began)
        return 1000 * median(sent), 1000 * median(done)

    async def _run(self, send: Send, count: int) -> tuple[Measured, float]:
        done = await self.activities()
        began = time.perf_counter()
        sent = await measure(send, count)
        await self.until_activities(done + STEPS * count)
        return sent, count / (time.perf_counter() - began)

    async def until_activities(self, wanted: int) -> None:
        """Wait until the engine has done so many since it started."""
        async with asyncio.timeout(PATIENCE_SECONDS):
            while await self.activities() < wanted:  # noqa: ASYNC110 - asks another process
                await asyncio.sleep(0.002)

    async def activities(self) -> int:
        """How many activities the engine has done since it started."""
        async with self.session.get(f"{self.base_url}/_emulator/stats") as response:
            stats = await response.json()
        return int(stats["durable"]["activitiesCompleted"])
