"""Emulators for the real adapters, one process each for the whole session."""

import asyncio
import json
from collections.abc import AsyncIterator, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import uuid4

import aiohttp
import pytest
import stripe
from azure.cosmos.aio import CosmosClient, DatabaseProxy
from azure.storage.blob.aio import BlobServiceClient, ContainerClient

from devstack.provision import create_containers
from shared.adapters.stripe_answers import CapturesHere
from shared.adapters.stripe_payments import StripePayments
from tests.emulators.azurite import Azurite, why_missing
from tests.emulators.processes import EmulatorProcess


@pytest.fixture(scope="session")
def payments_url() -> Iterator[str]:
    """The payments emulator."""
    with EmulatorProcess("payments", ":memory:") as emulator:
        yield emulator.url


class ProviderTime:
    """The time of the payment provider, which tests can move."""

    def __init__(self, url: str, http: aiohttp.ClientSession) -> None:
        self._clock = f"{url}/_emulator/clock"
        self._http = http
        self._skipped = timedelta()

    def __call__(self) -> datetime:
        return datetime.now(UTC) + self._skipped

    async def pass_by(self, **length: float) -> None:
        """``pass_by(days=2)``: what falls due meanwhile happens."""
        seconds = timedelta(**length).total_seconds()
        async with self._http.post(self._clock, json={"advanceSeconds": seconds}) as response:
            now = (await response.json())["now"]
        self._skipped = datetime.fromtimestamp(now, UTC) - datetime.now(UTC)


@pytest.fixture
async def provider_time(payments_url, http) -> ProviderTime:
    """A clock that goes with the emulator's, however far others have moved that."""
    clock = ProviderTime(payments_url, http)
    await clock.pass_by()
    return clock


@pytest.fixture
async def stripe_client(payments_url) -> AsyncIterator[stripe.StripeClient]:
    """Stripe's SDK, talking to the emulator."""
    http_client = stripe.AIOHTTPClient(timeout=5)
    yield stripe.StripeClient(
        "sk_test_contract", base_addresses={"api": payments_url}, http_client=http_client
    )
    await http_client.close_async()


@pytest.fixture
def captures() -> CapturesHere:
    """What one worker remembers."""
    return CapturesHere()


@pytest.fixture
async def stripe_payments(stripe_client, provider_time, captures) -> StripePayments:
    """The Stripe adapter on the emulator."""
    return StripePayments(stripe_client, provider_time, captures)


@pytest.fixture
async def http() -> AsyncIterator[aiohttp.ClientSession]:
    """A client for the emulators' own endpoints."""
    async with aiohttp.ClientSession() as session:
        yield session


@pytest.fixture
def order_id() -> str:
    """An order that no other test knows."""
    return str(uuid4())


LAYOUT = json.loads(Path("infra/cosmos.json").read_text())
SAMPLE = json.loads(Path("local.settings.sample.json").read_text())["Values"]
KEY = SAMPLE["COSMOS_KEY"]


@pytest.fixture(scope="session")
def cosmos_url() -> Iterator[str]:
    """The Cosmos DB emulator, with the containers that a deployment creates."""
    with EmulatorProcess("cosmos", ":memory:") as emulator:
        settings = {"COSMOS_ENDPOINT": emulator.url, "COSMOS_KEY": KEY}
        asyncio.run(create_containers(settings, LAYOUT))
        yield emulator.url


@pytest.fixture
async def database(cosmos_url) -> AsyncIterator[DatabaseProxy]:
    """A client of its own for each test, as the app builds it."""
    async with CosmosClient(cosmos_url, KEY, no_response_on_write=True) as client:
        yield client.get_database_client(LAYOUT["database"])


@pytest.fixture(scope="session")
def storage(tmp_path_factory) -> Iterator[str]:
    """The connection string of an Azurite."""
    root = Path.cwd()
    if reason := why_missing(root):
        pytest.skip(reason)
    with Azurite(root, tmp_path_factory.mktemp("azurite")) as azurite:
        yield azurite.connection_string


@pytest.fixture
async def blob_container(storage) -> AsyncIterator[ContainerClient]:
    """A container of its own for each test."""
    async with BlobServiceClient.from_connection_string(storage, retry_total=0) as service:
        yield await service.create_container(f"dead-letters-{uuid4().hex}")
