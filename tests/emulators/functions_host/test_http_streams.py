"""HTTP streams: bodies of any size go through the host in parts, both ways."""

from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import aiohttp
import pytest

from tests.emulators.functions_host.harness import Client, HostProcess, start_host

PART = b"x" * 100_000
PARTS = 200


@pytest.fixture(scope="module")
def streams_host(tmp_path_factory: pytest.TempPathFactory) -> Iterator[HostProcess]:
    """A host whose app imports the fastapi extension."""
    host = start_host("streams", tmp_path_factory.mktemp("streams"))
    yield host
    host.kill()


@pytest.fixture
def streams(streams_host: HostProcess, session: aiohttp.ClientSession) -> Client:
    """Requests to that host."""
    return Client(streams_host, session)


async def parts() -> AsyncIterator[bytes]:
    """A body that is never there as a whole, nor its length."""
    for _ in range(PARTS):
        yield PART


async def test_hands_a_body_over_in_parts(streams: Client):
    """A chunked upload reaches the function; without the extension it would arrive empty."""
    response = await streams.request("POST", "/api/measure/upload", data=parts())

    assert await response.text() == f"upload {len(PART) * PARTS} True"


async def test_passes_a_response_on_as_it_is_made(
    streams: Client, streams_host: HostProcess, session: aiohttp.ClientSession
):
    """The client has the first part while the function still waits to make the next one."""
    async with session.get(f"{streams_host.url}/api/count") as response:
        received = []
        for _ in range(3):
            received.append(await response.content.readline())
            await streams.request("POST", "/api/tick")

    assert received == [b"0\n", b"1\n", b"2\n"]
    assert response.headers["Content-Type"].startswith("text/plain")
    assert response.headers["X-Content-Type-Options"] == "nosniff"


async def test_runs_functions_that_are_not_async(streams: Client):
    """They get the same request, on a thread, and may return what the framework can serialise."""
    response = await streams.request("GET", "/api/blocking?q=mug")

    assert await response.json() == {"function": "blocking", "query": "mug"}


async def test_answers_500_and_logs_what_a_function_raises(
    streams: Client, streams_host: HostProcess
):
    """As for every other function: the client learns nothing, the developer all."""
    response = await streams.request("GET", "/api/broken")

    assert (response.status, await response.text()) == (500, "")
    assert "ValueError: it is broken" in streams_host.output


async def test_gives_a_durable_client_beside_the_request(streams: Client):
    """Starting an orchestration is the most common thing such a function does."""
    response = await streams.request("POST", "/api/start")

    assert response.status == 202
    assert (await streams.finish(await response.text()))["output"] == "hello"


async def test_keeps_to_the_hosts_rules_for_keys_and_methods(
    tmp_path: Path, session: aiohttp.ClientSession
):
    """Who passes requests on must not pass by what guards them."""
    host = start_host("streams", tmp_path, "--enforce-keys")
    client = Client(host, session)

    without_key = await client.request("GET", "/api/blocking?q=1")
    wrong_method = await client.request("GET", "/api/tick?code=local-master-key")
    with_key = await client.request("GET", "/api/blocking?q=1&code=local-master-key")

    host.kill()
    assert [one.status for one in (without_key, wrong_method, with_key)] == [401, 404, 200]


HEADER = """
import azure.functions as func
from azurefunctions.extensions.http.fastapi import Request
app = func.FunctionApp()
"""


@pytest.mark.parametrize(
    ("source", "reason"),
    [
        (
            "@app.route(route='x')\ndef f(req: func.HttpRequest) -> str: ...",
            "the app imports an HTTP extension, so req has to be that one's Request",
        ),
        (
            "@app.route(route='x')\n"
            "@app.queue_output(arg_name='out', queue_name='q', connection='C')\n"
            "def f(req: Request, out: func.Out[str]): ...",
            "does not support bindings beside an HTTP stream (function f)",
        ),
    ],
)
def test_refuses(tmp_path: Path, source: str, reason: str):
    """In a process of its own: importing the extension changes the rules for all functions."""
    (tmp_path / "host.json").write_text('{"version": "2.0"}')
    (tmp_path / "function_app.py").write_text(HEADER + source)

    host = HostProcess(tmp_path, tmp_path)

    assert host.wait_for_exit() == 1
    assert reason in host.output
