"""The SDK's ceiling: a Cosmos DB of constants, ``python -m benchmarks.ceiling PORT FILE``.

FILE holds, as JSON, what the emulator answered to the same requests: ``container``, ``read`` and
``create``, each ``[status, headers, body]``.
"""

import sys
from collections.abc import Awaitable, Callable
from json import loads
from pathlib import Path
from typing import Any

from aiohttp import web

from emulators.serving import LOOPBACK, run

# Asked for once, so that only what the SDK cannot do without is here.
RANGES = {"PartitionKeyRanges": [{"id": "0", "minInclusive": "", "maxExclusive": "FF"}]}


def ceiling(endpoint: str, answers: dict[str, Any]) -> web.Application:
    """The constants over HTTP, with nothing behind them."""
    location = [{"name": "Local", "databaseAccountEndpoint": endpoint}]
    account = {
        "id": "ceiling",
        "writableLocations": location,
        "readableLocations": location,
        "enableMultipleWriteLocations": False,
        "userConsistencyPolicy": {"defaultConsistencyLevel": "Session"},
    }

    async def read_account(_: web.Request) -> web.Response:
        return web.json_response(account)

    async def ranges(request: web.Request) -> web.Response:
        # Whoever has the ranges asks again with their etag, until told that nothing is new.
        headers = {"etag": '"1"'}
        if "if-none-match" in request.headers:
            return web.Response(status=304, headers=headers)
        return web.json_response(RANGES, headers=headers)

    app = web.Application()
    container = "/dbs/{database}/colls/{container}"
    app.router.add_get("/", read_account)
    app.router.add_get(f"{container}/", _constant(answers["container"]))
    app.router.add_get(f"{container}/pkranges/", ranges)
    app.router.add_get(f"{container}/docs/{{item}}/", _constant(answers["read"]))
    app.router.add_post(f"{container}/docs/", _constant(answers["create"]))
    return app


def _constant(recorded: Any) -> Callable[[web.Request], Awaitable[web.Response]]:
    status, headers, body = recorded
    text = body.encode()

    async def answer(request: web.Request) -> web.Response:
        await request.read()
        return web.Response(status=status, headers=headers, body=text)

    return answer


def main() -> None:
    """Serve until stopped."""
    port, file = int(sys.argv[1]), Path(sys.argv[2])
    answers = loads(file.read_text(encoding="utf-8"))
    run(ceiling(f"http://{LOOPBACK}:{port}/", answers), "ceiling", port)


if __name__ == "__main__":
    main()
