"""One emulator for all tests, a database of its own for each."""

from collections.abc import AsyncIterator, Iterator
from uuid import uuid4

import aiohttp
import pytest
from azure.cosmos import PartitionKey
from azure.cosmos.aio import ContainerProxy, CosmosClient, DatabaseProxy

from emulators.cosmos.auth import EMULATOR_KEY
from tests.emulators.cosmos.raw import RawClient
from tests.emulators.cosmos.server import EmulatorProcess


@pytest.fixture(scope="session")
def emulator() -> Iterator[EmulatorProcess]:
    """One process for the whole run."""
    process = EmulatorProcess()
    yield process
    process.stop()


@pytest.fixture
async def client(emulator: EmulatorProcess) -> AsyncIterator[CosmosClient]:
    """The SDK as the app uses it."""
    async with CosmosClient(emulator.url, EMULATOR_KEY) as client:
        yield client


@pytest.fixture
async def database(client: CosmosClient) -> AsyncIterator[DatabaseProxy]:
    """A database nobody else sees."""
    database = await client.create_database(f"db-{uuid4()}")
    yield database
    await client.delete_database(database)


@pytest.fixture
async def container(database: DatabaseProxy) -> ContainerProxy:
    """An empty container, partitioned by ``/pk``."""
    return await database.create_container("things", PartitionKey("/pk"))


@pytest.fixture
async def raw(emulator: EmulatorProcess) -> AsyncIterator[RawClient]:
    """A client without the SDK, for what the SDK never sends."""
    async with aiohttp.ClientSession(emulator.url) as session:
        yield RawClient(session)


@pytest.fixture
def docs(database: DatabaseProxy, container: ContainerProxy) -> str:
    """The path of the items of ``container``."""
    return f"/dbs/{database.id}/colls/{container.id}/docs"
