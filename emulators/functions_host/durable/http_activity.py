"""The built-in activity behind ``call_http`` (``TaskHttpActivityShim.cs``)."""

import json
from collections.abc import Iterable
from typing import Any

import aiohttp

# The defaults of .NET's HttpClient.
_TIMEOUT_SECONDS = 100
_MAX_REDIRECTS = 50
# .NET keeps these with the content, and a durable response holds none of the content's headers.
_CONTENT_HEADERS = frozenset({"allow", "expires", "last-modified"})


class HttpCallError(Exception):
    """There was no response; the text is what the orchestrator hears."""


class HttpActivity:
    """Makes requests of orchestrations; any response is a result, whatever its status."""

    def __init__(self) -> None:
        self._session: aiohttp.ClientSession | None = None

    async def run(self, request: str) -> str:
        """Make *request*, JSON text of a DurableHttpRequest; returns that of the response.

        Raises:
            HttpCallError: the request cannot be made, or nobody answered it.
        """
        wanted = json.loads(request)
        headers, body = _content(wanted)
        try:
            async with self._open().request(
                wanted["method"],
                wanted["uri"],
                headers=headers,
                data=body,
                max_redirects=_MAX_REDIRECTS,
            ) as response:
                return json.dumps(
                    {
                        "statusCode": response.status,
                        "headers": _headers(response.headers.items()),
                        "content": await response.text(errors="replace"),
                    }
                )
        except TimeoutError as error:
            raise HttpCallError(f"no response within {_TIMEOUT_SECONDS} seconds") from error
        except (aiohttp.ClientError, ValueError) as error:
            raise HttpCallError(str(error) or type(error).__name__) from error

    async def close(self) -> None:
        """End all connections."""
        if self._session is not None:
            await self._session.close()

    def _open(self) -> aiohttp.ClientSession:
        if self._session is None:
            self._session = aiohttp.ClientSession(
                timeout=aiohttp.ClientTimeout(total=_TIMEOUT_SECONDS),
                # .NET sends none of its own.
                skip_auto_headers=("Accept", "Accept-Encoding", "User-Agent", "Content-Type"),
                cookie_jar=aiohttp.DummyCookieJar(),
            )
        return self._session


def _content(request: dict[str, Any]) -> tuple[dict[str, str], bytes | None]:
    """The headers and body to send.

    Raises:
        HttpCallError: a content type that the real activity cannot send.
    """
    headers = {str(name): str(value) for name, value in (request.get("headers") or {}).items()}
    named = [name for name in headers if name.lower() == "content-type"]
    content_type = next((headers.pop(name) for name in named), "text/plain")
    if "multipart" in content_type:
        raise HttpCallError("Multipart content is not supported with CallHttpAsync.")
    if ";" in content_type:
        # MediaTypeHeaderValue's constructor takes no parameters, not even a charset.
        raise HttpCallError(f"The format of value '{content_type}' is invalid.")
    if request.get("content") is None:
        return headers, None
    return {**headers, "Content-Type": content_type}, request["content"].encode()


def _headers(received: Iterable[tuple[str, str]]) -> dict[str, str | list[str]]:
    """One value as a string, several as a list."""
    values: dict[str, list[str]] = {}
    for name, value in received:
        if not name.lower().startswith("content-") and name.lower() not in _CONTENT_HEADERS:
            values.setdefault(name, []).append(value)
    return {name: found[0] if len(found) == 1 else found for name, found in values.items()}
