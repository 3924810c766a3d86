"""Signed requests without the SDK, for what the SDK would never send."""

import base64
import hmac
from dataclasses import dataclass
from urllib.parse import quote, unquote

import aiohttp
from multidict import CIMultiDictProxy

from emulators.cosmos.auth import EMULATOR_KEY

DATE = "Mon, 23 Nov 2026 18:00:00 GMT"


def authorization(method: str, path: str, key: str = EMULATOR_KEY) -> str:
    """The token of a master key, as every SDK makes it."""
    parts = [unquote(part) for part in path.strip("/").split("/") if part]
    is_feed = len(parts) % 2 == 1
    kind = parts[-1 if is_feed else -2] if parts else ""
    link = "/".join(parts[:-1] if is_feed else parts)
    text = f"{method.lower()}\n{kind}\n{link}\n{DATE.lower()}\n\n"
    digest = hmac.digest(base64.b64decode(key), text.encode(), "sha256")
    return quote(f"type=master&ver=1.0&sig={base64.b64encode(digest).decode()}", safe="-_.!~*'()")


@dataclass
class RawClient:
    """Sends exactly the bytes and headers it is told to."""

    session: aiohttp.ClientSession

    async def send(
        self, method: str, path: str, body: bytes | str = b"", **headers: str
    ) -> tuple[int, CIMultiDictProxy[str], str]:
        """The status, the headers and the text of the answer; ``_`` in a header name is ``-``."""
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        signed = {"authorization": authorization(method, path), "x-ms-date": DATE, **named}
        async with self.session.request(method, path, data=body, headers=signed) as response:
            return response.status, response.headers, await response.text()


def key(value: str) -> dict[str, str]:
    """The header of a one-level partition key."""
    return {"x_ms_documentdb_partitionkey": f'["{value}"]'}


BATCH = {"x_ms_cosmos_is_batch_request": "True", "x_ms_cosmos_batch_atomic": "True"}
QUERY = {
    "content_type": "application/query+json",
    "x_ms_documentdb_isquery": "true",
    "x_ms_documentdb_query_enablecrosspartition": "True",
}
