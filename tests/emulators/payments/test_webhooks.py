"""Webhooks: signed, at least once, in any order, and not lost by a crash."""

import asyncio
import subprocess
import sys

import aiohttp
import pytest
import stripe

from tests.emulators.payments.conftest import Payments
from tests.emulators.payments.inbox import Inbox
from tests.emulators.payments.orders import authorization
from tests.emulators.processes import EmulatorProcess

SECRET = "whsec_test"


@pytest.fixture
async def inbox():
    """Somebody who listens."""
    async with Inbox() as inbox:
        yield inbox


@pytest.fixture
async def endpoint(payments, inbox):
    """The inbox, registered for everything, and retried quickly."""
    await payments.tell("webhooks", retryMs=10)
    endpoint = await payments.client().v1.webhook_endpoints.create_async(
        {"url": inbox.url, "enabled_events": ["*"]}
    )
    inbox.secret = endpoint.secret
    return endpoint


async def until_counts(payments, **counts):
    """Wait until deliveries are as *counts* says."""
    async with asyncio.timeout(10):
        while not counts.items() <= (await payments.get_json(WEBHOOKS)).items():  # noqa: ASYNC110
            await asyncio.sleep(0.01)


WEBHOOKS = "/_emulator/webhooks"
HELD = ["charge.succeeded", "payment_intent.amount_capturable_updated", "payment_intent.created"]


async def test_delivers_signed_events(payments, intents, inbox, endpoint):
    """The SDK's own check decides whether an event is Stripe's; the inbox runs it."""
    held = await intents.create_async(authorization())

    await inbox.until(3)

    assert inbox.types() == HELD
    assert {event.data.object["object"] for event in inbox.events} == {"payment_intent", "charge"}
    assert held.id in {event.data.object["id"] for event in inbox.events}
    await until_counts(payments, pending=0, delivered=3, failed=0)


async def test_delivers_only_what_was_asked_for(payments, intents, inbox):
    """Endpoints choose their events."""
    endpoint = await payments.client().v1.webhook_endpoints.create_async(
        {"url": inbox.url, "enabled_events": ["payment_intent.succeeded"]}
    )
    inbox.secret = endpoint.secret

    await intents.create_async(authorization(capture_method="automatic"))

    await until_counts(payments, delivered=1, pending=0)
    assert inbox.types() == ["payment_intent.succeeded"]


async def test_repeats_until_it_is_taken(payments, intents, inbox, endpoint):
    """An endpoint that is down for a while misses nothing."""
    inbox.refusals = 4

    await intents.create_async(authorization())
    await inbox.until(3)

    assert inbox.types() == HELD
    assert inbox.requests == 7


async def test_delivers_twice_on_demand(payments, intents, inbox, endpoint):
    """At least once means twice, some day."""
    await payments.tell("webhooks", duplicate=1)

    await intents.create_async(authorization())
    await inbox.until(6)

    assert inbox.types() == sorted(HELD * 2)
    assert len({event.id for event in inbox.events}) == 3


async def test_holds_events_back_on_demand(payments, intents, inbox, endpoint):
    """For a time nobody tells anything, and the app has to find out by itself."""
    await payments.tell("webhooks", drop=True, shuffle=True)
    await intents.create_async(authorization())
    held_back = await payments.get_json(WEBHOOKS)

    await payments.tell("webhooks", drop=False)
    await inbox.until(3)

    assert (held_back["pending"], held_back["delivered"]) == (3, 0)
    assert inbox.types() == HELD


async def test_delays_events_on_demand(payments, intents, inbox, endpoint):
    """News that comes late is the normal case."""
    await payments.tell("webhooks", delayMs=300)
    before = asyncio.get_running_loop().time()

    await intents.create_async(authorization())
    await inbox.until(3)

    assert asyncio.get_running_loop().time() - before >= 0.3


async def test_a_slow_endpoint_does_not_slow_answers(intents, inbox, endpoint):
    """Payments do not wait for whoever listens."""
    inbox.latency_seconds = 1.0

    async with asyncio.timeout(0.9):
        for _ in range(5):
            await intents.create_async(authorization())

    assert inbox.events == []


async def test_endpoints_are_listed_without_secret_and_deleted(payments, intents, inbox, endpoint):
    """The secret is shown once; what is deleted hears nothing more."""
    endpoints = payments.client().v1.webhook_endpoints
    listed = await endpoints.list_async()
    retrieved = await endpoints.retrieve_async(endpoint.id)

    deleted = await endpoints.delete_async(endpoint.id)

    await intents.create_async(authorization())
    assert endpoint.secret.startswith("whsec_")
    assert "secret" not in retrieved
    assert ([each.id for each in listed.data], deleted.deleted) == ([endpoint.id], True)
    assert (await payments.get_json(WEBHOOKS))["pending"] == 0


@pytest.mark.parametrize("url", ["https://example.com/hook", "http://localhost@example.com/"])
async def test_nothing_leaves_this_machine(payments, url):
    """Made-up payments must never reach somebody's real shop."""
    with pytest.raises(stripe.APIError, match="does not support webhooks to other machines"):
        await payments.client().v1.webhook_endpoints.create_async(
            {"url": url, "enabled_events": ["*"]}
        )


async def test_pending_events_survive_kill_9(tmp_path, inbox):
    """What was told to nobody yet is told by the next process."""
    inbox.secret = SECRET
    options = ("--webhook", inbox.url, "--webhook-secret", SECRET)
    emulator = EmulatorProcess("payments", tmp_path, *options)
    async with aiohttp.ClientSession() as session:
        payments = Payments(emulator.url, session)
        with emulator:
            await payments.tell("webhooks", drop=True)
            await payments.client().v1.payment_intents.create_async(authorization())
        with emulator:
            await inbox.until(3)
            listed = await payments.client().v1.webhook_endpoints.list_async()

    assert inbox.types() == HELD
    assert len(listed.data) == 1


async def test_an_endpoint_from_the_start_is_told_of_what_it_wants(tmp_path, inbox):
    """Also if it wanted something else when the emulator was started before."""
    inbox.secret = SECRET
    everything = ("--webhook", inbox.url, "--webhook-secret", SECRET)
    with EmulatorProcess("payments", tmp_path, *everything):
        pass
    wanted = "payment_intent.amount_capturable_updated"
    emulator = EmulatorProcess("payments", tmp_path, *everything, "--webhook-events", wanted)
    async with aiohttp.ClientSession() as session:
        with emulator:
            payments = Payments(emulator.url, session)
            await payments.client().v1.payment_intents.create_async(authorization())
            await inbox.until(1)

    assert inbox.types() == [wanted]


@pytest.mark.parametrize(
    ("options", "reason"),
    [
        (("--webhook", "http://example.com/", "--webhook-secret", SECRET), "other machines"),
        (("--webhook", "http://127.0.0.1:1/"), "belong together"),
        (("--webhook", "http://127.0.0.1:1/", "--webhook-secret", "x"), "whsec_"),
    ],
)
def test_a_wrong_start_option_stops_the_start(options, reason):
    """Better no emulator than one whose events nobody can verify."""
    ended = subprocess.run(
        [sys.executable, "-m", "emulators.payments", *options],
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )

    assert ended.returncode == 2
    assert reason in ended.stderr
