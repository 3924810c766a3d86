"""A topic that remembers what it was sent, and answers as a test wants it to."""

import asyncio
import json
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Self

from aiohttp import web

from devstack.ports import bound_socket

Json = dict[str, Any]


@dataclass(frozen=True)
class Sent:
    """One request."""

    path: str
    headers: dict[str, str]
    events: list[Json]


def take_everything(_: list[Json]) -> int:
    """What a topic does that is well."""
    return 200


@dataclass
class RecordingTopic:
    """``async with RecordingTopic() as topic:`` listens at ``topic.url``.

    *answer* judges each request by its events; 0 ends the connection without an answer.
    """

    answer: Callable[[list[Json]], int] = take_everything
    requests: list[Sent] = field(default_factory=list)
    taken: list[Json] = field(default_factory=list)
    url: str = ""

    async def __aenter__(self) -> Self:
        app = web.Application(client_max_size=4 * 1024 * 1024)
        app.router.add_post("/{topic}/api/events", self._receive)
        self._runner = web.AppRunner(app, access_log=None)
        await self._runner.setup()
        chosen = bound_socket()
        await web.SockSite(self._runner, chosen).start()
        self.url = f"http://127.0.0.1:{chosen.getsockname()[1]}/order-events/api/events"
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._runner.cleanup()

    async def _receive(self, request: web.Request) -> web.StreamResponse:
        events = json.loads(await request.read())
        headers = {name.lower(): value for name, value in request.headers.items()}
        self.requests.append(Sent(request.path_qs, headers, events))
        status = self.answer(events)
        if status == 0:
            assert request.transport
            request.transport.abort()
        if status == 200:
            self.taken += events
            return web.Response()
        error = {"code": "BadRequest", "message": "This event is not what it should be"}
        return web.json_response({"error": error}, status=status)


class TopicThread(RecordingTopic):
    """The same for fixtures that outlive one test: ``with TopicThread() as topic:``."""

    def __enter__(self) -> Self:
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._thread.start()
        asyncio.run_coroutine_threadsafe(self.__aenter__(), self._loop).result()
        return self

    def __exit__(self, *_: object) -> None:
        asyncio.run_coroutine_threadsafe(self.__aexit__(), self._loop).result()
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()
