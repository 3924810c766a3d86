"""The two engines that are compared, each as a client sees it."""

import asyncio
import os
import sys
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import aiohttp
import grpc.aio
from durabletask.client import AsyncTaskHubGrpcClient, OrchestrationStatus

from benchmarks.durabletask_side import quiet
from devstack.ports import LOOPBACK, Ports
from devstack.services import ROOT, Host, functions
from devstack.supervisor import Service, Supervisor

APP = Path(__file__).resolve().parent / "durable_app"
PATIENCE_SECONDS = 900
_WEBHOOK = "/runtime/webhooks/durabletask"
# Asking more often would cost the host more than it tells; a hundredth is exact enough.
_ASK_EVERY_SECONDS = 0.02
_ASK_EVERY_PART = 0.01


class Hub(Protocol):
    """Where orchestrations run."""

    async def start(self, shape: str, size: int, instance_id: str) -> None:
        """Start the orchestrator *shape* with *size* as its input."""
        ...

    async def tick(self, instance_id: str) -> None:
        """Raise the event that ``event_loop`` waits for, with the number 1."""
        ...

    async def until_all_completed(self, instance_ids: list[str]) -> None:
        """Return when all have completed; their ids must share what comes before the last ``-``.

        Raises:
            RuntimeError: one has failed; a benchmark of failures measures nothing.
        """
        ...


@dataclass(frozen=True, slots=True)
class EmulatedHub:
    """The local Functions host, through its management API."""

    session: aiohttp.ClientSession
    url: str

    async def start(self, shape: str, size: int, instance_id: str) -> None:
        # The SDK takes the input for JSON text inside JSON, as its own client sends it.
        await self._post(f"/orchestrators/{shape}/{instance_id}", str(size))

    async def tick(self, instance_id: str) -> None:
        await self._post(f"/instances/{instance_id}/raiseEvent/tick", 1)

    async def replays(self) -> list[tuple[float, float]]:
        """When the SDK began each replay of a chain and when it answered, since the last call."""
        async with self.session.get(f"{self.url}/api/replays", raise_for_status=True) as response:
            return [(began, answered) for began, answered in await response.json()]

    async def until_all_completed(self, instance_ids: list[str]) -> None:
        prefix = instance_ids[0].rpartition("-")[0] + "-"
        began = time.monotonic()
        async with asyncio.timeout(PATIENCE_SECONDS):
            while await self._listed(prefix, "Pending,Running", top=1):
                elapsed = time.monotonic() - began
                await asyncio.sleep(max(_ASK_EVERY_SECONDS, _ASK_EVERY_PART * elapsed))
        if await self._listed(prefix, "Completed", top=len(instance_ids)) != len(instance_ids):
            raise RuntimeError(f"not all instances {prefix}* have completed")

    async def _post(self, path: str, body: str | int) -> None:
        async with self.session.post(f"{self.url}{_WEBHOOK}{path}", json=body) as response:
            if response.status != 202:
                raise RuntimeError(f"{path} answered {response.status}")
            await response.read()

    async def _listed(self, prefix: str, status: str, *, top: int) -> int:
        query = {"instanceIdPrefix": prefix, "runtimeStatus": status, "top": str(top)}
        url = f"{self.url}{_WEBHOOK}/instances"
        async with self.session.get(url, params=query, raise_for_status=True) as response:
            return len(await response.json())


@dataclass(frozen=True, slots=True)
class InMemoryHub:
    """The backend of ``durabletask.testing`` and a worker, through the library's client."""

    client: AsyncTaskHubGrpcClient

    async def start(self, shape: str, size: int, instance_id: str) -> None:
        await self.client.schedule_new_orchestration(shape, input=size, instance_id=instance_id)

    async def tick(self, instance_id: str) -> None:
        await self.client.raise_orchestration_event(instance_id, "tick", data=1)

    async def until_all_completed(self, instance_ids: list[str]) -> None:
        # One by one: each wait holds one of the server's ten threads, and the worker needs some.
        for one in instance_ids:
            state = await self.client.wait_for_orchestration_completion(
                one, timeout=PATIENCE_SECONDS
            )
            if state is None or state.runtime_status is not OrchestrationStatus.COMPLETED:
                raise RuntimeError(f"{one} has not completed: {state}")


@asynccontextmanager
async def emulated_hub(state: Path) -> AsyncIterator[EmulatedHub]:
    """The host as a process of its own, with its state on disk."""
    ports = Ports.free()
    host = functions(Host.EMULATED, APP, state, ports, {})
    async with Supervisor(state / "logs", print) as supervisor, aiohttp.ClientSession() as session:
        await supervisor.start(host)
        yield EmulatedHub(session, f"http://{LOOPBACK}:{ports.functions}")


@asynccontextmanager
async def in_memory_hub(state: Path) -> AsyncIterator[InMemoryHub]:
    """The library's backend and worker, each as a process of its own."""
    port = Ports.free().functions
    # gRPC would ask a proxy for its own machine.
    os.environ["no_proxy"] = LOOPBACK
    async with Supervisor(state / "logs", print) as supervisor:
        await supervisor.start(_role("backend", port))
        async with grpc.aio.insecure_channel(f"{LOOPBACK}:{port}") as channel:
            await channel.channel_ready()
            await supervisor.start(_role("worker", port))
            yield InMemoryHub(AsyncTaskHubGrpcClient(channel=channel, logger=quiet()))


def _role(role: str, port: int) -> Service:
    command = (sys.executable, "-m", "benchmarks.durabletask_side", role, str(port))
    return Service(f"durabletask-{role}", command, ROOT, {}, ())
