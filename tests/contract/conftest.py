"""Emulators for the real adapters, one process each for the whole session."""

from collections.abc import AsyncIterator, Iterator
from uuid import uuid4

import aiohttp
import pytest
import stripe

from shared.adapters.stripe_payments import StripePayments
from tests.emulators.processes import EmulatorProcess


@pytest.fixture(scope="session")
def payments_url() -> Iterator[str]:
    """The payments emulator."""
    with EmulatorProcess("payments", ":memory:") as emulator:
        yield emulator.url


@pytest.fixture
async def stripe_payments(payments_url) -> AsyncIterator[StripePayments]:
    """The Stripe adapter on the emulator."""
    http_client = stripe.AIOHTTPClient(timeout=5)
    client = stripe.StripeClient(
        "sk_test_contract", base_addresses={"api": payments_url}, http_client=http_client
    )
    yield StripePayments(client)
    await http_client.close_async()


@pytest.fixture
async def http() -> AsyncIterator[aiohttp.ClientSession]:
    """A client for the emulators' own endpoints."""
    async with aiohttp.ClientSession() as session:
        yield session


@pytest.fixture
def order_id() -> str:
    """An order that no other test knows."""
    return str(uuid4())
