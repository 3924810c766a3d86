"""A host that is killed at random, and a client that lives with it."""

import asyncio
import json
import random
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import aiohttp

from tests.emulators.functions_host.harness import APPS, WEBHOOK, HostProcess

_PAUSE_SECONDS = 0.02
_REQUESTS_AT_ONCE = 32


class StubbornHost:
    """One host after the other on the same state, each until it is killed."""

    def __init__(self, folder: Path) -> None:
        self.kills = 0
        self._folder = folder
        self._process = self._start()

    def _start(self) -> HostProcess:
        return HostProcess(APPS / "stress", self._folder, state=str(self._folder / "state"))

    @property
    def url(self) -> str:
        return self._process.url

    @property
    def recorded(self) -> list[str]:
        return self._process.recorded

    @property
    def output(self) -> str:
        return self._process.output

    async def ready(self) -> None:
        await asyncio.to_thread(self._process.wait_until_ready)

    async def kill_at_random(self, chance: random.Random, moments: Iterable[int]) -> None:
        """Kill the host soon after each of *moments*, which count executed activities.

        Every third time, on average, the next one dies as well, while it starts.
        """
        for moment in moments:
            while len(self.recorded) < moment:  # noqa: ASYNC110 - asks a file
                await asyncio.sleep(_PAUSE_SECONDS)
            await asyncio.sleep(chance.uniform(0, 0.1))
            self._replace()
            if chance.random() < 1 / 3:
                await asyncio.sleep(chance.uniform(0, 1.5))
                self._replace()
            await self.ready()

    def _replace(self) -> None:
        self.stop()
        self.kills += 1
        self._process = self._start()

    def stop(self) -> None:
        self._process.kill()


@dataclass(slots=True)
class PatientClient:
    """Asks again whenever it gets no answer, as a client of a real service must."""

    host: StubbornHost
    session: aiohttp.ClientSession
    _slots: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(_REQUESTS_AT_ONCE))

    async def ask(self, method: str, path: str, **options: Any) -> tuple[int, Any]:
        """The status and JSON body of the first answer that arrives."""
        while (answer := await self.try_once(method, path, **options)) is None:  # noqa: ASYNC110
            await asyncio.sleep(_PAUSE_SECONDS)
        return answer

    async def try_once(self, method: str, path: str, **options: Any) -> tuple[int, Any] | None:
        """The answer, or nothing if the host died before it gave one."""
        try:
            async with (
                self._slots,
                self.session.request(
                    method, f"{self.host.url}{WEBHOOK}{path}", **options
                ) as response,
            ):
                text = await response.text()
                return response.status, json.loads(text) if text else None
        except (aiohttp.ClientError, ConnectionError):
            return None

    async def until_none_is_active(self) -> None:
        """Return when every instance has ended."""
        while await self._list("Pending,Running,Suspended"):  # noqa: ASYNC110
            await asyncio.sleep(10 * _PAUSE_SECONDS)

    async def all(self) -> dict[str, dict[str, Any]]:
        """Every instance by its id, those that others started included."""
        return {one["instanceId"]: one for one in await self._list("")}

    async def _list(self, statuses: str) -> list[dict[str, Any]]:
        query = {"runtimeStatus": statuses, "top": "100000", "showInput": "false"}
        _, found = await self.ask("GET", "/instances", params=query)
        return list(found)


@dataclass(frozen=True, slots=True)
class Subject:
    """One instance, as its client handles it."""

    client: PatientClient
    id: str

    async def start(self, orchestrator: str, input_: Any) -> None:
        """Start it once: whoever got no answer looks whether it is there already."""
        while (await self._status())[0] == 404:
            # JSON text inside JSON, as the SDK's own client sends it.
            answer = await self.client.try_once(
                "POST", f"/orchestrators/{orchestrator}/{self.id}", json=json.dumps(input_)
            )
            assert answer is None or answer[0] in (202, 409), answer

    async def raise_event(self, name: str, data: int) -> None:
        """Raise it at least once; an instance that ended had it."""
        await self._post(f"raiseEvent/{name}", {202, 410}, json=data)

    async def terminate(self, reason: str) -> None:
        await self._post("terminate", {202, 410}, params={"reason": reason})

    async def suspend(self) -> None:
        """Return once it is suspended."""
        # 500: it is suspended already.
        await self._post("suspend", {202, 500})
        while (await self._runtime_status()) in ("Pending", "Running"):  # noqa: ASYNC110
            await asyncio.sleep(10 * _PAUSE_SECONDS)

    async def resume(self) -> None:
        """Resume it until it ends: a repeated request may have suspended it once more."""
        while (await self._runtime_status()) in ("Pending", "Running", "Suspended"):
            # 500: it is not suspended.
            await self._post("resume", {202, 410, 500})
            await asyncio.sleep(10 * _PAUSE_SECONDS)

    async def _runtime_status(self) -> str:
        return str((await self._status())[1]["runtimeStatus"])

    async def _status(self) -> tuple[int, Any]:
        return await self.client.ask("GET", f"/instances/{self.id}")

    async def _post(self, operation: str, allowed: set[int], **options: Any) -> None:
        path = f"/instances/{self.id}/{operation}"
        status, body = await self.client.ask("POST", path, **options)
        assert status in allowed, f"{path}: {status} {body}"
