import uuid
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import aiohttp
import pytest
from azure.cosmos.aio import CosmosClient, DatabaseProxy
from azure.storage.blob.aio import BlobServiceClient
from azure.storage.queue.aio import QueueServiceClient

from emulators.cosmos.auth import EMULATOR_KEY
from tests.emulators.azurite import Azurite, why_missing
from tests.emulators.functions_host.harness import ROOT, Client, Gate, HostProcess, start_host
from tests.emulators.processes import EmulatorProcess


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


@pytest.fixture(scope="session")
def storage(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The connection string of one Azurite for the whole run."""
    if reason := why_missing(ROOT):
        pytest.skip(reason)
    with Azurite(ROOT, tmp_path_factory.mktemp("azurite")) as azurite:
        yield azurite.connection_string


@pytest.fixture
async def queues(storage: str) -> AsyncIterator[QueueServiceClient]:
    """The queues of that Azurite."""
    async with QueueServiceClient.from_connection_string(storage) as service:
        yield service


@pytest.fixture
async def blobs(storage: str) -> AsyncIterator[BlobServiceClient]:
    """The blobs of that Azurite."""
    async with BlobServiceClient.from_connection_string(storage) as service:
        yield service


@pytest.fixture(scope="session")
def cosmos_url() -> Iterator[str]:
    """The address of one Cosmos DB emulator for the whole run."""
    with EmulatorProcess("cosmos", ":memory:") as emulator:
        yield emulator.url


@pytest.fixture(scope="session")
def cosmos_connection(cosmos_url: str) -> str:
    """Its connection string."""
    return f"AccountEndpoint={cosmos_url};AccountKey={EMULATOR_KEY}"


@pytest.fixture
async def database(cosmos_url: str) -> AsyncIterator[DatabaseProxy]:
    """A database nobody else sees."""
    async with CosmosClient(cosmos_url, EMULATOR_KEY) as client:
        yield await client.create_database(f"db-{uuid.uuid4()}")
