"""The instances of orchestrations in the running app: starting, awaiting and hurrying them."""

import json
from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import quote

import aiohttp

from devstack.histories import HistoryError, Row
from devstack.storefront import Patience

Json = dict[str, Any]

MANAGEMENT = "/runtime/webhooks/durabletask"
LOOK_EVERY_SECONDS = 0.1
# The longest pause between two attempts of a saga.
LONGEST_PAUSE_SECONDS = 300
_TASK_COMPLETED, _TASK_FAILED = 5, 6
_FINAL = frozenset({"Completed", "Failed", "Terminated"})


class Instances:
    """What the host knows of instances, and what an operator can do to them."""

    def __init__(
        self, session: aiohttp.ClientSession, urls: Mapping[str, str], patience: Patience
    ) -> None:
        self._session = session
        self._urls = urls
        self._patience = patience

    async def start(self, saga: str, instance_id: str, saga_input: Json) -> None:
        """Start an instance by hand, as an operator can."""
        # Encoded twice, as the SDK's client does.
        await self._manage(f"orchestrators/{saga}/{quote(instance_id)}", json.dumps(saga_input))

    async def restart(self, instance_id: str) -> None:
        """Start a finished instance again under its id, as an operator can."""
        path = f"instances/{quote(instance_id)}/restart?restartWithNewInstanceId=false"
        await self._manage(path, None)

    async def _manage(self, path: str, body: Any) -> None:
        url = f"{self._urls['functions']}{MANAGEMENT}/{path}"
        async with self._session.post(url, json=body) as response:
            if response.status != 202:
                raise HistoryError(f"POST {path}: {response.status} {await response.text()}")

    async def tried(self, instance_id: str, times: int = 1) -> None:
        """Wait until so many activities of the instance have come to an end."""
        await self.until(instance_id, lambda rows: _count(rows, _TASK_COMPLETED) >= times)

    async def answered(self, instance_id: str, outcome: str) -> None:
        """Wait until an activity of the instance has answered with *outcome*."""
        await self.until(
            instance_id, lambda rows: any(outcome in str(row.get("Result")) for row in rows)
        )

    async def failed(self, instance_id: str, times: int = 1) -> None:
        """Wait until so many activities of the instance have failed."""
        await self.until(instance_id, lambda rows: _count(rows, _TASK_FAILED) >= times)

    async def until(self, instance_id: str, happened: Callable[[list[Row]], bool]) -> None:
        """Wait until the instance is there and *happened* says so of its history."""
        while (told := await self._told(instance_id)) is None or not happened(told["history"]):
            await self._patience.pause(LOOK_EVERY_SECONDS)

    async def ended(self, instance_id: str) -> Json:
        """What the host tells of the instance once that is final."""
        while (told := await self._told(instance_id)) is None or not _is_final(told):
            await self._patience.pause(LOOK_EVERY_SECONDS)
        return told

    async def _told(self, instance_id: str) -> Json | None:
        url = f"{self._urls['functions']}/_emulator/history/{quote(instance_id)}"
        async with self._session.get(url) as response:
            if response.status == 404:
                return None
            response.raise_for_status()
            told: Json = await response.json()
            return told

    async def hurry_to_the_end(self, instance_id: str) -> None:
        """Put the host's clock forward, again and again, until the instance has no patience left.

        Its timers fire as they would have, one after the other.
        """
        while (told := await self._told(instance_id)) is None or not _is_final(told):
            await self.skip(LONGEST_PAUSE_SECONDS)
            await self._patience.pause(LOOK_EVERY_SECONDS)

    async def hurry_until_failed(self, instance_id: str, times: int) -> None:
        """The same until so many activities of the instance have failed."""
        while (told := await self._told(instance_id)) is None or (
            _count(told["history"], _TASK_FAILED) < times
        ):
            await self.skip(LONGEST_PAUSE_SECONDS)
            await self._patience.pause(LOOK_EVERY_SECONDS)

    async def skip(self, seconds: float) -> None:
        """Put the host's clock forward."""
        url = f"{self._urls['functions']}/_emulator/clock"
        await self._post(url, {"advanceSeconds": seconds})

    async def _post(self, url: str, body: Json) -> Json:
        async with self._session.post(url, json=body) as response:
            if response.status >= 400:
                raise HistoryError(f"POST {url}: {response.status} {await response.text()}")
            answer: Json = await response.json()
            return answer


def _count(rows: list[Row], kind: int) -> int:
    return sum(row["EventType"] == kind for row in rows)


def _is_final(told: Json) -> bool:
    return told["runtimeStatus"] in _FINAL
