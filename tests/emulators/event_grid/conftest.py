"""Event Grid emulators in this process, endpoints for them, and the real SDK."""

import asyncio
import time
from contextlib import AsyncExitStack, asynccontextmanager

import aiohttp
import pytest
from aiohttp.test_utils import TestServer
from azure.core.credentials import AzureKeyCredential
from azure.eventgrid import EventGridEvent
from azure.eventgrid.aio import EventGridPublisherClient

from emulators.event_grid.clock import Clock
from emulators.event_grid.config import DEFAULT_KEY, parse_config
from emulators.event_grid.routes import create_app
from tests.emulators.event_grid.recorder import DEADLINE_SECONDS, Recorder
from tests.emulators.processes import free_port

TOPIC = "orders"
CLOUD_EVENTS = "CloudEventSchemaV1_0"


def event(event_id="1", subject="orders/1", event_type="Order.Submitted", data=None):
    """An event of the Event Grid schema."""
    return EventGridEvent(
        subject, event_type, {"sku": "MUG"} if data is None else data, "1.0", id=event_id
    )


class Grid:
    """One running emulator: clients for it, and its own endpoints."""

    def __init__(self, url, session):
        self.url = url
        self.session = session

    def endpoint(self, topic=TOPIC):
        return f"{self.url}/{topic}/api/events"

    def client(self, credential=None, topic=TOPIC):
        return EventGridPublisherClient(
            self.endpoint(topic), credential or AzureKeyCredential(DEFAULT_KEY)
        )

    async def publish(self, *events, topic=TOPIC):
        async with self.client(topic=topic) as client:
            await client.send(list(events))

    async def stats(self, subscription=None):
        stats = await self._call("GET", "/_emulator/stats")
        return stats if subscription is None else stats["subscriptions"][subscription]

    async def fault(self, **fault):
        await self._call("POST", "/_emulator/faults", fault)

    async def advance(self, seconds):
        await self._call("POST", "/_emulator/clock", {"advanceSeconds": seconds})

    async def settle(self, subscription, **wanted):
        """Wait until the subscription's numbers are those *wanted*."""
        deadline = time.monotonic() + DEADLINE_SECONDS
        while True:
            stats = await self.stats(subscription)
            if wanted.items() <= stats.items():
                return stats
            assert time.monotonic() < deadline, f"wanted {wanted}, got {stats}"
            await asyncio.sleep(0.01)

    async def post(self, path, data=None, **headers):
        """Send a request without the SDK, which would refuse to send nonsense."""
        return await self.session.post(self.url + path, data=data, headers=headers)

    async def _call(self, method, path, document=None):
        async with self.session.request(method, self.url + path, json=document) as answer:
            assert answer.status < 300, await answer.text()
            return await answer.json()


@asynccontextmanager
async def running(topics, *, speed=1.0, state=":memory:", response_seconds=30.0, port=None):
    """An emulator of *topics*."""
    port = port or free_port()
    url = f"http://127.0.0.1:{port}"
    app = create_app(
        parse_config({"topics": topics}),
        state,
        url=url,
        clock=Clock(speed),
        response_seconds=response_seconds,
    )
    # A pooled connection would be retried silently by aiohttp after a cut.
    connector = aiohttp.TCPConnector(force_close=True)
    async with (
        aiohttp.ClientSession(connector=connector) as session,
        TestServer(app, port=port),
    ):
        yield Grid(url, session)


def topic(*subscriptions, name=TOPIC, **more):
    """A topic of the configuration."""
    return {"name": name, "subscriptions": list(subscriptions), **more}


def subscription(hook, name="intake", **more):
    """A subscription of the configuration, which delivers to *hook*."""
    return {"name": name, "endpoint": hook.url, **more}


@pytest.fixture
async def hook():
    """An endpoint."""
    async with Recorder() as recorder:
        yield recorder


@pytest.fixture
async def start():
    """Starts emulators that run until the end of the test."""
    async with AsyncExitStack() as stack:

        async def start(*topics, **options):
            return await stack.enter_async_context(running(topics, **options))

        yield start
