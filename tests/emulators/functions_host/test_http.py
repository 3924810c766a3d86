"""The HTTP trigger's rules, which differ from those of web frameworks in many small ways."""

import asyncio
import gzip
import json
import re
from collections.abc import Iterator
from pathlib import Path

import aiohttp
import pytest

from tests.emulators.functions_host.harness import WEBHOOK, Client, HostProcess, start_host


@pytest.fixture(scope="module")
def http_host(tmp_path_factory: pytest.TempPathFactory) -> Iterator[HostProcess]:
    """A host without enforced keys, as Core Tools runs it."""
    with pytest.MonkeyPatch.context() as patch:
        for name in ("off", "off_timer"):
            patch.setenv(f"AzureWebJobs.{name}.Disabled", "true")
        host = start_host("http", tmp_path_factory.mktemp("http"))
    yield host
    host.kill()


@pytest.fixture(scope="module")
def keyed_host(tmp_path_factory: pytest.TempPathFactory) -> Iterator[HostProcess]:
    """A host that asks for keys, as Azure does."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("AzureWebJobs.off.Disabled", "1")
        host = start_host("http", tmp_path_factory.mktemp("keyed"), "--enforce-keys")
    yield host
    host.kill()


@pytest.fixture
def http(http_host: HostProcess, session: aiohttp.ClientSession) -> Client:
    """Requests without keys."""
    return Client(http_host, session)


@pytest.fixture
def keyed(keyed_host: HostProcess, session: aiohttp.ClientSession) -> Client:
    """Requests to the host that asks for keys."""
    return Client(keyed_host, session)


async def test_hands_the_request_over_as_the_worker_does(http: Client, http_host: HostProcess):
    """Names are lower-cased, repeated values joined, empty ones dropped."""
    response = await http.request(
        "POST",
        "/api/echo/42?a=1&a=2&empty=",
        headers=[("X-Many", "1"), ("X-Many", "2")],
        data=b'{"ok": true}',
    )

    seen = await response.json()
    assert seen["method"] == "POST"
    assert seen["url"] == f"{http_host.url}/api/echo/42?a=1&a=2&empty="
    assert seen["headers"]["x-many"] == "1,2"
    assert seen["params"] == {"a": "1,2"}
    assert seen["route"] == {"id": "42"}
    assert seen["body"] == '{"ok": true}'
    assert seen["function"] == "echo"


async def test_drops_a_body_whose_length_was_not_announced(http: Client):
    """The real host forwards chunked bodies empty; code that needs them must fail here, too."""

    async def chunks():
        yield b"chunk"

    response = await http.request("POST", "/api/echo/1", data=chunks())

    assert (await response.json())["body"] == ""


async def test_treats_a_broken_constraint_as_an_unknown_address(http: Client):
    """``{id:int}`` is part of the address."""
    response = await http.request("POST", "/api/echo/abc")

    assert response.status == 404


@pytest.mark.parametrize("method", ["GET", "HEAD", "OPTIONS", "DELETE"])
async def test_answers_a_wrong_method_with_404(http: Client, method: str):
    """Methods are route constraints, so there is no 405, and HEAD is not implied by GET."""
    response = await http.request(method, "/api/echo/1")

    assert response.status == 404


async def test_tries_routes_in_alphabetical_order_of_function_name(http: Client):
    """A literal route gets no precedence: a_item shadows b_search."""
    response = await http.request("GET", "/api/items/search")

    assert await response.text() == "item search"


async def test_matches_routes_without_regard_to_case(http: Client):
    """As ASP.NET does."""
    response = await http.request("GET", "/API/Text")

    assert response.status == 200


async def test_sends_text_with_its_charset(http: Client):
    """A returned str is text/plain."""
    response = await http.request("GET", "/api/text")

    assert response.headers["Content-Type"] == "text/plain; charset=utf-8"
    assert await response.text() == "plain"


async def test_sends_status_and_headers_of_a_response_object(http: Client):
    """The SDK's own converter adds the content type when it is missing."""
    response = await http.request("GET", "/api/response")

    assert (response.status, response.headers["X-Made"]) == (201, "yes")
    assert response.headers["Content-Type"] == "text/plain; charset=utf-8"


async def test_adds_the_custom_headers_of_host_json(http: Client):
    """They belong to every function's response."""
    response = await http.request("GET", "/api/text")

    assert response.headers["X-Content-Type-Options"] == "nosniff"


async def test_frames_the_body_itself(http: Client):
    """Apps hand on the headers of answers that they got from elsewhere."""
    response = await http.request("GET", "/api/handed_on")

    assert await response.text() == "all of it"
    assert "Transfer-Encoding" not in response.headers


async def test_sends_every_cookie(http: Client):
    """Each stays a header of its own, with the attributes that ASP.NET Core adds."""
    response = await http.request("GET", "/api/cookies")

    assert response.headers.getall("Set-Cookie") == [
        "one=1; domain=; path=",
        "two=1; domain=; path=",
    ]


@pytest.mark.parametrize(
    "path", ["/api/raise", "/api/dict", "/api/exit", "/api/unspeakable", "/api/status/99"]
)
async def test_answers_a_failing_function_with_an_empty_500(http: Client, path: str):
    """Nothing of the error leaks to the caller."""
    response = await http.request("GET", path)

    assert (response.status, await response.read()) == (500, b"")


async def test_logs_the_traceback_of_a_failing_function(http: Client, http_host: HostProcess):
    """Whoever runs the host finds the line that raised."""
    await http.request("GET", "/api/raise")

    assert 'raise RuntimeError("the details stay in the log")' in http_host.output


async def test_refuses_a_body_beyond_the_limit(http: Client):
    """100 MB, announced, is refused before it is read."""
    response = await http.request(
        "POST", "/api/echo/1", data=b"0" * (104_857_600 + 1), expect100=False
    )

    assert response.status == 413


async def test_runs_the_warm_up_before_it_is_ready(http: Client):
    """Clients built there are there for the first request."""
    response = await http.request("GET", "/api/warm")

    assert await response.text() == "True"


async def test_shows_a_home_page(http: Client):
    """Load balancers and people look there."""
    response = await http.request("GET", "/")

    assert response.status == 200


async def test_tells_admins_its_status(http: Client):
    """Scripts written for the real host find the fields they look for."""
    status = await (await http.request("GET", "/admin/host/status")).json()

    assert status["state"] == "Running"
    assert status["version"].startswith("4.")
    assert status["processUptime"] > 0
    assert {"id", "versionDetails", "instanceId", "computerName"} <= set(status)


async def test_describes_functions_to_admins(http: Client, http_host: HostProcess):
    """Tools find a function's address and whether it is switched off."""
    functions = await (await http.request("GET", "/admin/functions")).json()
    echo = await (await http.request("GET", "/admin/functions/Echo")).json()
    missing = await http.request("GET", "/admin/functions/missing")

    assert {one["name"]: one["isDisabled"] for one in functions}["off_timer"]
    assert echo in functions
    assert echo["invoke_url_template"] == f"{http_host.url}/api/echo/{{id:int}}/{{part?}}"
    assert echo["href"] == f"{http_host.url}/admin/functions/echo"
    assert (echo["language"], echo["isDisabled"]) == ("python", False)
    assert "httpTrigger" in [one["type"] for one in echo["config"]["bindings"]]
    assert missing.status == 404


@pytest.mark.parametrize("method", ["GET", "POST"])
@pytest.mark.parametrize("path", ["/admin/host/ping", "/admin/warmup"])
async def test_answers_the_platforms_probes_without_a_key(keyed: Client, method: str, path: str):
    """Load balancers have none."""
    response = await keyed.request(method, path)

    assert response.status == 200


async def test_hides_a_disabled_function_from_all_but_admins(keyed: Client):
    """It is off for callers; an operator can still try it."""
    for_callers = await keyed.request("GET", "/api/off")
    for_admins = await keyed.request("GET", "/api/off?code=local-master-key")

    assert for_callers.status == 404
    assert (for_admins.status, await for_admins.text()) == (200, "ran")


async def test_never_starts_a_disabled_timer(http: Client, http_host: HostProcess):
    """It would be due every second."""
    await asyncio.sleep(1.2)

    assert "off_timer: timerTrigger, disabled" in http_host.output
    assert "off_timer ran" not in http_host.output


async def test_names_the_trace_context_in_both_ways(http: Client):
    """Older code reads Traceparent, newer trace_parent."""
    response = await http.request("GET", "/api/traces")

    assert json.loads(await response.text())[0] is True


@pytest.mark.slow
async def test_carries_a_body_just_below_the_limit_both_ways(http: Client):
    """Large uploads work, in little more time than copying them takes."""
    body = bytes(range(256)) * (90 * 4096)

    response = await http.request("POST", "/api/mirror", data=body)

    assert response.headers["Content-Type"] == "application/octet-stream"
    assert await response.read() == body


async def test_takes_the_limit_of_bodies_from_the_environment(
    tmp_path: Path, session: aiohttp.ClientSession, monkeypatch: pytest.MonkeyPatch
):
    """The real host has the same setting."""
    monkeypatch.setenv("FUNCTIONS_REQUEST_BODY_SIZE_LIMIT", "1000")
    host = start_host("http", tmp_path)

    below = await Client(host, session).request("POST", "/api/mirror", data=b"0" * 1000)
    beyond = await Client(host, session).request("POST", "/api/mirror", data=b"0" * 1001)

    host.kill()
    assert (below.status, beyond.status) == (200, 413)


@pytest.mark.parametrize(
    ("path", "key", "status"),
    [
        ("/api/text", None, 200),
        ("/api/keyed", None, 401),
        ("/api/keyed", "wrong", 401),
        ("/api/keyed", "local-function-key-keyed", 200),
        ("/api/keyed", "local-function-key-guarded", 401),
        ("/api/keyed", "local-host-key", 200),
        ("/api/keyed", "local-master-key", 200),
        ("/api/keyed", "local-system-key-durabletask_extension", 401),
        ("/api/guarded", "local-host-key", 401),
        ("/api/guarded", "local-master-key", 200),
        ("/admin/functions", "local-host-key", 401),
        ("/admin/functions", "local-master-key", 200),
        (f"{WEBHOOK}/instances", "local-host-key", 401),
        (f"{WEBHOOK}/instances", "local-system-key-durabletask_extension", 200),
    ],
)
async def test_opens_only_for_the_right_key(keyed: Client, path: str, key: str | None, status: int):
    """Levels as in Azure, so that a missing key is found before deployment."""
    response = await keyed.request("GET", path, headers={"x-functions-key": key} if key else None)

    assert response.status == status


async def test_takes_the_key_from_the_query_when_the_header_is_absent(keyed: Client):
    """The header wins when both are there."""
    query = "/api/keyed?code=local-host-key"

    by_query = await keyed.request("GET", query)
    by_both = await keyed.request("GET", query, headers={"x-functions-key": "wrong"})

    assert (by_query.status, by_both.status) == (200, 401)


async def test_asks_for_no_keys_unless_told_to(http: Client):
    """Core Tools runs apps without keys."""
    response = await http.request("GET", "/api/guarded")

    assert response.status == 200


async def test_counts_requests(http: Client):
    """Benchmarks read the counter."""
    before = await (await http.request("GET", "/_emulator/stats")).json()

    await http.request("GET", "/api/text")

    after = await (await http.request("GET", "/_emulator/stats")).json()
    assert after["http"]["requests"] == before["http"]["requests"] + 1


async def test_gives_every_invocation_an_id_and_a_trace_of_its_own(http: Client):
    """Telemetry of an app joins its records by them (https://www.w3.org/TR/trace-context)."""
    answers = [await (await http.request("GET", "/api/trace")).text() for _ in range(2)]

    ids, parents = zip(*(answer.split() for answer in answers), strict=True)
    assert len(set(ids)) == len(set(parents)) == 2
    assert all(re.fullmatch("00-[0-9a-f]{32}-[0-9a-f]{16}-00", one) for one in parents)


async def test_hands_a_compressed_body_over_as_it_was_sent(http: Client):
    """The function sees Content-Encoding, and unpacks for itself."""
    packed = gzip.compress(b"x" * 3000)

    response = await http.request(
        "POST", "/api/length", data=packed, headers={"Content-Encoding": "gzip"}
    )

    assert await response.text() == str(len(packed))
