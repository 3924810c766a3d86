"""A payments emulator on a real socket, and the official client for it."""

import aiohttp
import pytest
import stripe
from aiohttp.test_utils import TestServer

from emulators.payments.routes import create_app

SECRET_KEY = "sk_test_local"


class Clock:
    """Time that passes only when a test says so."""

    def __init__(self):
        self.now = 1_800_000_000.0

    def __call__(self):
        return self.now


class Payments:
    """One running emulator: clients for it, and its own endpoints."""

    def __init__(self, url, session):
        self.url = url
        self._session = session

    def client(self, key=SECRET_KEY, retries=0):
        return stripe.StripeClient(
            key,
            base_addresses={"api": self.url},
            http_client=stripe.AIOHTTPClient(session=self._session),
            max_network_retries=retries,
        )

    async def fault(self, **fault):
        async with self._session.post(f"{self.url}/_emulator/faults", json=fault) as answer:
            assert answer.status == 201

    async def ledger(self):
        return (await self.get_json("/_emulator/ledger"))["payments"]

    async def tell(self, path, **document):
        """Post to one of the emulator's own endpoints."""
        async with self._session.post(f"{self.url}/_emulator/{path}", json=document) as answer:
            assert answer.status in (200, 201), await answer.text()
            return await answer.json()

    async def advance(self, seconds):
        """Let the emulator's time pass."""
        await self.tell("clock", advanceSeconds=seconds)

    async def get_json(self, path):
        async with self._session.get(self.url + path) as answer:
            assert answer.status == 200
            return await answer.json()

    async def post(self, path, data=None, **headers):
        """Post without the SDK, which would hide headers or refuse to send nonsense."""
        headers = {"Authorization": f"Bearer {SECRET_KEY}", **headers}
        return await self._session.post(self.url + path, data=data, headers=headers)


@pytest.fixture
def clock():
    """The emulator's clock."""
    return Clock()


@pytest.fixture
async def payments(clock):
    """A fresh emulator."""
    # A pooled connection would be retried silently by aiohttp after a cut.
    connector = aiohttp.TCPConnector(force_close=True)
    async with (
        aiohttp.ClientSession(connector=connector) as session,
        TestServer(create_app(":memory:", clock)) as server,
    ):
        yield Payments(str(server.make_url("/")).rstrip("/"), session)


@pytest.fixture
def intents(payments):
    """The SDK's PaymentIntent service."""
    return payments.client().v1.payment_intents


@pytest.fixture
def refunds(payments):
    """The SDK's refund service."""
    return payments.client().v1.refunds
