"""Which pages in a browser may call the host, by ``Host.CORS`` in local.settings.json."""

import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer

from emulators.functions_host.cors import CorsPolicy, allow_cross_origin

PAGE = "http://localhost:3000"


async def headers_of(policy: CorsPolicy, method: str, **headers: str) -> tuple[int, dict[str, str]]:
    """Status and CORS headers of an answer to a page at PAGE."""

    async def function(_: web.Request) -> web.Response:
        return web.Response(status=418)

    app = web.Application(middlewares=[allow_cross_origin(policy)])
    app.add_routes([web.route("*", "/", function)])
    async with TestClient(TestServer(app)) as client:
        given = {"Origin": PAGE, **{k.replace("_", "-"): v for k, v in headers.items()}}
        answer = await client.request(method, "/", headers=given)
        found = {k: v for k, v in answer.headers.items() if k.startswith("Access-Control")}
        return answer.status, found


@pytest.mark.parametrize(
    ("policy", "expected"),
    [
        (CorsPolicy(), {}),
        (CorsPolicy(("*",)), {"Access-Control-Allow-Origin": "*"}),
        (CorsPolicy((PAGE,)), {"Access-Control-Allow-Origin": PAGE}),
        (CorsPolicy(("http://other",)), {}),
        (
            CorsPolicy((PAGE,), credentials=True),
            {"Access-Control-Allow-Origin": PAGE, "Access-Control-Allow-Credentials": "true"},
        ),
    ],
)
async def test_marks_answers_for_allowed_pages(policy: CorsPolicy, expected: dict[str, str]):
    """The browser decides by these headers; the function runs either way."""
    assert await headers_of(policy, "GET") == (418, expected)


async def test_answers_preflights_itself():
    """Functions seldom listen to OPTIONS."""
    answer = await headers_of(
        CorsPolicy((PAGE,)),
        "OPTIONS",
        Access_Control_Request_Method="PUT",
        Access_Control_Request_Headers="x-key",
    )

    assert answer == (
        204,
        {
            "Access-Control-Allow-Origin": PAGE,
            "Access-Control-Allow-Methods": "PUT",
            "Access-Control-Allow-Headers": "x-key",
        },
    )
