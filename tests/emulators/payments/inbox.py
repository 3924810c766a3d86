"""An endpoint for webhooks, which a test can make fail."""

import asyncio

import stripe
from aiohttp import web
from aiohttp.test_utils import TestServer


class Inbox:
    """Receives events, verified as the SDK's documentation says."""

    def __init__(self, port=0):
        self.secret = ""
        self.refusals = 0
        self.latency_seconds = 0.0
        self.requests = 0
        self.events = []
        app = web.Application()
        app.router.add_post("/hook", self._receive)
        self._server = TestServer(app, port=port)
        self._arrived = asyncio.Condition()

    async def __aenter__(self):
        await self._server.start_server()
        self.url = str(self._server.make_url("/hook"))
        return self

    async def __aexit__(self, *_):
        await self._server.close()

    async def _receive(self, request):
        body = await request.read()
        self.requests += 1
        await asyncio.sleep(self.latency_seconds)
        if self.refusals:
            self.refusals -= 1
            return web.Response(status=503)
        signature = request.headers["Stripe-Signature"]
        event = stripe.Webhook.construct_event(body, signature, self.secret)
        async with self._arrived:
            self.events.append(event)
            self._arrived.notify_all()
        return web.Response()

    async def until(self, count):
        """The events, once *count* have arrived."""
        async with asyncio.timeout(10), self._arrived:
            await self._arrived.wait_for(lambda: len(self.events) >= count)
        return self.events

    def types(self):
        return sorted(event.type for event in self.events)
