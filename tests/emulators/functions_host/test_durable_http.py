"""``call_http``: requests that an orchestration makes without an activity of its own."""

import asyncio
import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from tests.emulators.functions_host.harness import Client, start_host
from tests.emulators.processes import free_port


class Echo:
    """A server that answers with what it was asked, and remembers it."""

    def __init__(self) -> None:
        self.seen: list[dict[str, Any]] = []
        self.asked, self.open = asyncio.Event(), asyncio.Event()
        self.open.set()
        app = web.Application()
        app.router.add_route("*", "/{status}", self._answer)
        self.server = TestServer(app, port=free_port())

    def url(self, status: int) -> str:
        return str(self.server.make_url(f"/{status}"))

    async def _answer(self, request: web.Request) -> web.Response:
        seen = {
            "method": request.method,
            "headers": {name.lower(): value for name, value in request.headers.items()},
            "body": await request.text(),
        }
        self.seen.append(seen)
        self.asked.set()
        await self.open.wait()
        status = int(request.match_info["status"])
        response = web.json_response(seen, status=status, headers={"X-One": "1"})
        response.headers.extend([("X-Two", "a"), ("X-Two", "b")])
        return response


@pytest.fixture
async def echo() -> AsyncIterator[Echo]:
    """A running server."""
    echo = Echo()
    await echo.server.start_server()
    yield echo
    await echo.server.close()


async def call(client: Client, **request: Any) -> Any:
    """The result of ``call_http``, or its error as text."""
    return (await client.run("call_http", request))["output"]


async def test_returns_the_response(durable: Client, echo: Echo):
    """Status, headers and text are all an orchestrator gets."""
    result = await call(durable, method="GET", uri=echo.url(200))

    assert result["statusCode"] == 200
    assert json.loads(result["content"])["method"] == "GET"
    assert (result["headers"]["X-One"], result["headers"]["X-Two"]) == ("1", ["a", "b"])
    # .NET keeps content headers elsewhere, and so they are lost.
    assert "Content-Type" not in result["headers"]


async def test_sends_content_as_json_text_of_the_type_text_plain(durable: Client, echo: Echo):
    """The SDK encodes the content and says nothing of its type."""
    await call(durable, method="POST", uri=echo.url(200), content={"a": "ü"})

    assert echo.seen[0]["body"] == '{"a": "\\u00fc"}'
    assert echo.seen[0]["headers"]["content-type"] == "text/plain"
    assert "user-agent" not in echo.seen[0]["headers"]


async def test_sends_the_headers_of_the_request(durable: Client, echo: Echo):
    """Content-Type among them, in any case."""
    headers = {"content-type": "application/json", "X-Mine": "yes"}

    await call(durable, method="PUT", uri=echo.url(200), content=[1], headers=headers)

    assert echo.seen[0]["headers"]["content-type"] == "application/json"
    assert echo.seen[0]["headers"]["x-mine"] == "yes"


@pytest.mark.parametrize("status", [202, 404, 500])
async def test_takes_any_status_for_a_result(durable: Client, echo: Echo, status: int):
    """Only the app knows what an error is; nothing is polled after a 202, either."""
    result = await call(durable, method="GET", uri=echo.url(status))

    assert (result["statusCode"], len(echo.seen)) == (status, 1)


async def test_fails_when_nobody_answers(durable: Client):
    """The orchestrator can catch it, as an activity's error."""
    result = await call(durable, method="GET", uri=f"http://127.0.0.1:{free_port()}/")

    assert result.startswith("error: Cannot connect to host 127.0.0.1")


@pytest.mark.parametrize(
    ("content_type", "reason"),
    [
        ("multipart/form-data", "Multipart content is not supported with CallHttpAsync."),
        ("application/json; charset=utf-8", "The format of value 'application/json; charset=utf-8"),
    ],
)
async def test_refuses_content_types_the_real_activity_cannot_send(
    durable: Client, echo: Echo, content_type: str, reason: str
):
    """An app should learn that here and not in Azure."""
    headers = {"Content-Type": content_type}

    result = await call(durable, method="POST", uri=echo.url(200), content="x", headers=headers)

    assert result.startswith(f"error: {reason}")


async def test_refuses_managed_identities(durable: Client, echo: Echo):
    """There is nobody here to give a token."""
    status = await durable.run("call_http", {"method": "GET", "uri": echo.url(200), "token": True})

    assert status["runtimeStatus"] == "Failed"
    assert "does not support tokenSource (managed identity) in call_http" in status["output"]


async def test_is_an_activity_in_history(durable: Client, echo: Echo):
    """So it is there once, and replays do not make the request again."""
    request = {"method": "GET", "uri": echo.url(200)}
    instance_id = (await durable.run("call_http", request))["instanceId"]

    status = await durable.status(instance_id, showHistory="true")

    names = [one.get("FunctionName") for one in status["historyEvents"]]
    assert names[:2] == ["call_http", "BuiltIn::HttpActivity"]


@pytest.mark.slow
async def test_is_made_again_when_the_host_was_killed(
    tmp_path: Path, session: aiohttp.ClientSession, echo: Echo
):
    """Like any activity whose completion was not stored."""
    state = str(tmp_path / "state")
    first = start_host("durable", tmp_path, state=state)
    echo.open.clear()
    request = {"method": "GET", "uri": echo.url(200)}
    instance_id = await Client(first, session).start("call_http", request)
    await echo.asked.wait()
    first.kill()
    echo.open.set()

    second = start_host("durable", tmp_path, state=state)

    status = await Client(second, session).finish(instance_id)
    second.kill()
    assert (status["output"]["statusCode"], len(echo.seen)) == (200, 2)
