"""What was acknowledged survives the process."""

import asyncio
import sqlite3
from contextlib import closing

import aiohttp
import pytest
import stripe
from aiohttp.test_utils import TestServer

from emulators.payments.routes import create_app
from tests.emulators.payments.conftest import Payments
from tests.emulators.payments.orders import authorization, keyed
from tests.emulators.processes import EmulatorProcess


def connect(emulator):
    """The synchronous SDK, pointed at *emulator*."""
    return stripe.StripeClient("sk_test_local", base_addresses={"api": emulator.url}).v1


def test_a_payment_and_its_key_survive_kill_9(tmp_path):
    """After a crash the retried request finds its first charge instead of making another."""
    with EmulatorProcess("payments", tmp_path) as emulator:
        first = connect(emulator).payment_intents.create(authorization(), keyed("order-42"))

    with EmulatorProcess("payments", tmp_path) as emulator:
        client = connect(emulator)
        again = client.payment_intents.create(authorization(), keyed("order-42"))
        listed = client.payment_intents.list()

    assert again == first
    assert [intent.id for intent in listed.data] == [first.id]


async def test_no_payment_is_made_when_its_key_cannot_be_kept(tmp_path):
    """A charge whose key is unknown would be repeated by the very next retry."""
    async with (
        TestServer(create_app(str(tmp_path))) as server,
        aiohttp.ClientSession() as session,
    ):
        payments = Payments(str(server.make_url("")), session)
        with closing(sqlite3.connect(tmp_path / "payments.sqlite3")) as database:
            database.execute(
                "CREATE TRIGGER full BEFORE INSERT ON idempotency_keys"
                " BEGIN SELECT RAISE(ABORT, 'disk full'); END"
            )

        with pytest.raises(stripe.APIError):
            await payments.client().v1.payment_intents.create_async(
                authorization(), keyed("order-42")
            )

        assert await payments.ledger() == []


async def test_kill_9_in_full_flight_neither_loses_nor_doubles_a_payment(tmp_path):
    """Effect and idempotency record are one transaction, so a crash cannot come between them."""
    keys = [f"order-{number}" for number in range(200)]
    emulator = EmulatorProcess("payments", tmp_path)
    async with aiohttp.ClientSession() as session:
        payments = Payments(emulator.url, session)
        intents = payments.client().v1.payment_intents

        async def pay(key):
            return (await intents.create_async(authorization(), keyed(key))).id

        with emulator:
            attempts = [asyncio.create_task(pay(key)) for key in keys]
            await asyncio.wait(attempts, return_when=asyncio.FIRST_COMPLETED)
        first = await asyncio.gather(*attempts, return_exceptions=True)
        with emulator:
            retried = [await pay(key) for key in keys]
            ledger = await payments.ledger()

    acknowledged = {key: paid for key, paid in zip(keys, first, strict=True) if type(paid) is str}
    assert 0 < len(acknowledged) < len(keys)
    assert acknowledged.items() <= dict(zip(keys, retried, strict=True)).items()
    assert sorted(payment["id"] for payment in ledger) == sorted(retried)


async def test_time_and_its_effects_survive_kill_9(tmp_path):
    """A hold that has expired must not come back to life with the process."""
    emulator = EmulatorProcess("payments", tmp_path)
    async with aiohttp.ClientSession() as session:
        payments = Payments(emulator.url, session)
        intents = payments.client().v1.payment_intents
        with emulator:
            held = await intents.create_async(authorization())
            await payments.tell("clock", holdSeconds=60, advanceSeconds=8 * 24 * 60 * 60)
        with emulator:
            expired = await intents.retrieve_async(held.id)
            clock = await payments.get_json("/_emulator/clock")

    assert expired.status == "canceled"
    assert (clock["holdSeconds"], clock["skippedSeconds"]) == (60, 8 * 24 * 60 * 60)
