"""Passes requests on to functions with HTTP streams, and their answers back, as they come."""

import json
from collections.abc import Callable, Iterable, Mapping

import aiohttp
from aiohttp import web

from emulators.functions_host.errors import WorkerLostError
from emulators.functions_host.functions import DURABLE_CLIENT, LoadedFunction
from emulators.functions_host.messages import INVOCATION_HEADER
from emulators.functions_host.worker_pool import WorkerPool
from emulators.serving import LOOPBACK

# They belong to one connection (RFC 9110, 7.6.1).
_OF_THE_CONNECTION = ("connection", "keep-alive", "transfer-encoding", "upgrade", "te", "trailer")


class HttpStreams:
    """A proxy between clients and the web servers in the workers; nothing is kept whole.

    Retry policies do not reach these functions: a body that was streamed cannot be sent again.
    """

    def __init__(self, workers: WorkerPool, client_binding: Callable[[], str]) -> None:
        self._workers = workers
        self._client_binding = client_binding
        self._session: aiohttp.ClientSession | None = None

    async def answer(
        self,
        request: web.Request,
        function: LoadedFunction,
        route_values: Mapping[str, str],
        custom_headers: Mapping[str, str],
    ) -> web.StreamResponse:
        """Have *function* answer *request*; 500 if its worker ends before it does."""
        try:
            worker = await self._workers.pick()
            headers = self._headers(request, function, route_values, worker.secret)
            return await self._pass_on(request, worker.stream_port, headers, custom_headers)
        except (WorkerLostError, aiohttp.ClientConnectionError):
            return web.Response(status=500, headers=custom_headers)

    async def close(self) -> None:
        """Close the connections to the workers."""
        if self._session is not None:
            await self._session.close()

    def _headers(
        self,
        request: web.Request,
        function: LoadedFunction,
        route_values: Mapping[str, str],
        secret: str,
    ) -> list[tuple[str, str]]:
        inputs = {
            name: self._client_binding()
            for name, binding in function.parameters.items()
            if binding["type"] == DURABLE_CLIENT
        }
        call = {
            "secret": secret,
            "function": function.name,
            "route": dict(route_values),
            "inputs": inputs,
        }
        own = [(INVOCATION_HEADER, json.dumps(call))]
        return _end_to_end(request.headers.items(), INVOCATION_HEADER) + own

    async def _pass_on(
        self,
        request: web.Request,
        port: int,
        headers: list[tuple[str, str]],
        custom_headers: Mapping[str, str],
    ) -> web.StreamResponse:
        if self._session is None:
            unlimited = aiohttp.ClientTimeout()
            connector = aiohttp.TCPConnector(limit=0)
            self._session = aiohttp.ClientSession(
                timeout=unlimited, connector=connector, auto_decompress=False
            )
        async with self._session.request(
            request.method,
            f"http://{LOOPBACK}:{port}{request.raw_path}",
            headers=headers,
            data=request.content if request.body_exists else None,
            allow_redirects=False,
            skip_auto_headers=("User-Agent", "Accept", "Accept-Encoding", "Content-Type"),
        ) as answer:
            response = web.StreamResponse(status=answer.status, headers=custom_headers)
            for name, value in _end_to_end(answer.headers.items()):
                response.headers.add(name, value)
            await response.prepare(request)
            async for part in answer.content.iter_any():
                await response.write(part)
            await response.write_eof()
            return response


def _end_to_end(headers: Iterable[tuple[str, str]], *left_out: str) -> list[tuple[str, str]]:
    out = (*_OF_THE_CONNECTION, *left_out)
    return [(name, value) for name, value in headers if name.lower() not in out]
