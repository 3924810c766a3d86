import uuid
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import aiohttp
import pytest

from tests.emulators.functions_host.harness import Client, Gate, HostProcess, start_host


@pytest.fixture(scope="package")
def durable_host(tmp_path_factory: pytest.TempPathFactory) -> Iterator[HostProcess]:
    """One host for all tests that do not stop it."""
    host = start_host("durable", tmp_path_factory.mktemp("durable"))
    yield host
    host.kill()


@pytest.fixture
async def session() -> AsyncIterator[aiohttp.ClientSession]:
    """A client session of the test's own."""
    async with aiohttp.ClientSession() as session:
        yield session


@pytest.fixture
def durable(durable_host: HostProcess, session: aiohttp.ClientSession) -> Client:
    """Requests to the shared host."""
    return Client(durable_host, session)


@pytest.fixture
def gate(tmp_path: Path) -> Iterator[Gate]:
    """What ``wait_for_file`` waits for; open at the end, so that no thread waits for ever."""
    gate = Gate(tmp_path / f"gate-{uuid.uuid4().hex}")
    yield gate
    gate.open()
