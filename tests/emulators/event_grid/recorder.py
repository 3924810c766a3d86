"""A webhook that writes down what it gets and answers as it is told."""

import asyncio
import time
from dataclasses import dataclass

from aiohttp import web
from aiohttp.test_utils import TestServer

from tests.emulators.processes import free_port

DEADLINE_SECONDS = 20.0


@dataclass(frozen=True, slots=True)
class Received:
    """One request of Event Grid."""

    headers: dict[str, str]
    body: object
    at: float

    @property
    def events(self):
        """The events in it, whether they came in an array or alone."""
        return self.body if isinstance(self.body, list) else [self.body]


class Recorder:
    """Inside its ``async with``: an endpoint that agrees to get events, and answers 200.

    *answers* are used up first, one for each notification: a status, or seconds to wait before 200.
    """

    def __init__(self):
        self.received = []
        self.handshakes = []
        self.answers = []
        self.agrees = True
        self.always = 200
        self._arrived = asyncio.Event()
        app = web.Application()
        app.router.add_route("*", "/hook", self._receive)
        self._port = free_port()
        self._server = TestServer(app, port=self._port)

    async def __aenter__(self):
        await self._server.start_server()
        return self

    async def __aexit__(self, *_):
        await self._server.close()

    @property
    def url(self):
        """Where it is, or will be once it has started."""
        return f"http://127.0.0.1:{self._port}/hook?code=a%2Fb"

    @property
    def events(self):
        """Every event so far, repeated ones too."""
        return [event for request in self.received for event in request.events]

    @property
    def ids(self):
        return [event["id"] for event in self.events]

    async def wait_for(self, events):
        """Wait until so many events have come."""
        deadline = time.monotonic() + DEADLINE_SECONDS
        while len(self.events) < events:
            self._arrived.clear()
            left = deadline - time.monotonic()
            await asyncio.wait_for(self._arrived.wait(), left)
        return self.events

    async def _receive(self, request):
        headers = {name.lower(): value for name, value in request.headers.items()}
        if request.method == "OPTIONS" or headers["aeg-event-type"] == "SubscriptionValidation":
            return await self._shake_hands(request, headers)
        self.received.append(Received(headers, await request.json(), time.monotonic()))
        self._arrived.set()
        answer = self.answers.pop(0) if self.answers else self.always
        if isinstance(answer, float):
            await asyncio.sleep(answer)
            answer = 200
        # A redirect needs somewhere to go.
        return web.Response(status=answer, headers={"Location": "/hook"})

    async def _shake_hands(self, request, headers):
        if request.method == "OPTIONS":
            self.handshakes.append(Received(headers, None, time.monotonic()))
            agreed = {"WebHook-Allowed-Origin": "*"} if self.agrees else {}
            return web.Response(headers=agreed)
        body = await request.json()
        self.handshakes.append(Received(headers, body, time.monotonic()))
        code = body[0]["data"]["validationCode"]
        return web.json_response({"validationResponse": code} if self.agrees else {})
