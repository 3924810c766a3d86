"""The app's own API for dead letters over letters in memory, without the rest of the app."""

import asyncio
from collections import Counter
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import azure.functions as func
from aiohttp import web

from shared.application.ports import Judgement, StartSaga, Verdict
from shared.application.settle_letters import SettleLetters
from shared.domain.letter import Letter, LetterState, letter_id
from tests.fakes import FakeClock, InMemoryLetters
from triggers.http.dead_letters import DeadLettersApi

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)


async def no_resend(letter: Letter) -> None:
    """Nothing of our own is sent again here."""
    raise AssertionError(letter)


@dataclass
class LetterOffice:
    """Takes in every event but those whose bytes begin with ``poison``."""

    key: str = ""
    """The function key that it asks for, if any."""
    unavailable: int = 0
    """How many replays to answer with 503 first."""
    letters: InMemoryLetters = field(default_factory=InMemoryLetters)
    requests: Counter[str] = field(default_factory=Counter)
    most_at_once: int = 0
    _at_once: int = 0

    def put(self, count: int, original: bytes = b"{}", **changes: Any) -> None:
        """Add so many letters."""
        for _ in range(count):
            number = len(self.letters.letters)
            facts: dict[str, Any] = {
                "id": letter_id(NOW + timedelta(seconds=number), "urn:shop", str(number)),
                "state": LetterState.DEAD,
                "reason": "unknown-skus",
                "detail": "Not in the catalogue: MUG-BLUE",
                "at": NOW,
                "origin": "intake",
                "event_id": str(number),
                "event_type": "OrderSubmitted",
                "source": "urn:shop",
            }
            letter = Letter(**facts | changes)
            self.letters.letters[letter.id] = letter
            self.letters.originals[letter.id] = original

    def states(self) -> Counter[str]:
        """How many letters there are in each state."""
        return Counter(letter.state.value for letter in self.letters.letters.values())

    def app(self) -> web.Application:
        """The office as a web application."""
        api = DeadLettersApi(
            self.letters, SettleLetters(self.letters, self._take_in, no_resend, FakeClock())
        )
        client: Any = None
        routes = {
            ("GET", "/api/ops/dead-letters"): api.list_letters,
            ("POST", "/api/ops/dead-letters/{letterId}/discard"): api.discard_letter,
            ("POST", "/api/ops/dead-letters/{letterId}/replay"): (
                lambda request: api.replay_letter(request, client)
            ),
        }
        app = web.Application()
        app.router.add_get("/api/health", self._health)
        for (method, path), handler in routes.items():
            app.router.add_route(method, path, self._answering(handler))
        return app

    async def _health(self, _: web.Request) -> web.Response:
        return web.json_response({"status": "ok"})

    async def _take_in(self, original: bytes, start_saga: StartSaga) -> Verdict:
        if original.startswith(b"poison"):
            return Verdict(Judgement.POISON, "price-mismatch", "Expected another total")
        return Verdict(Judgement.DONE)

    def _answering(self, handler: Any) -> Any:
        async def answer(request: web.Request) -> web.Response:
            self.requests[request.method] += 1
            if self.key and request.headers.get("x-functions-key") != self.key:
                return web.Response(status=401)
            if request.path.endswith("/replay") and self.unavailable:
                self.unavailable -= 1
                return web.Response(status=503, headers={"Retry-After": "0"})
            self._at_once += 1
            self.most_at_once = max(self.most_at_once, self._at_once)
            await asyncio.sleep(0)
            response = await handler(await _as_function_request(request))
            self._at_once -= 1
            return web.Response(
                body=response.get_body(),
                status=response.status_code,
                content_type=response.mimetype,
            )

        return answer


async def _as_function_request(request: web.Request) -> func.HttpRequest:
    return func.HttpRequest(
        request.method,
        str(request.url),
        headers=dict(request.headers),
        params=dict(request.query),
        route_params=dict(request.match_info),
        body=await request.read(),
    )
