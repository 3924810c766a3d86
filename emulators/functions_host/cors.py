"""Cross-origin requests from browsers, as ``Host.CORS`` in local.settings.json allows them.

As Core Tools, which hands the setting to ASP.NET Core's CORS middleware.
"""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from aiohttp import hdrs, web

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


@dataclass(frozen=True, slots=True)
class CorsPolicy:
    """Which *origins* (``*`` is any) may call, and whether with credentials."""

    origins: tuple[str, ...] = ()
    credentials: bool = False

    def headers(self, origin: str) -> dict[str, str]:
        """What lets a browser hand a response to a page from *origin*; nothing if it may not."""
        if "*" not in self.origins and origin not in self.origins:
            return {}
        if not self.credentials:
            any_origin = "*" in self.origins
            return {hdrs.ACCESS_CONTROL_ALLOW_ORIGIN: "*" if any_origin else origin}
        return {
            hdrs.ACCESS_CONTROL_ALLOW_ORIGIN: origin,
            hdrs.ACCESS_CONTROL_ALLOW_CREDENTIALS: "true",
        }


def allow_cross_origin(policy: CorsPolicy) -> Callable[..., Awaitable[web.StreamResponse]]:
    """Middleware that answers preflights itself and marks what else *policy* allows."""

    @web.middleware
    async def allow(request: web.Request, handler: Handler) -> web.StreamResponse:
        origin = request.headers.get(hdrs.ORIGIN)
        if origin is None or not policy.origins:
            return await handler(request)
        allowed = policy.headers(origin)
        wanted = request.headers.get(hdrs.ACCESS_CONTROL_REQUEST_METHOD)
        if request.method == hdrs.METH_OPTIONS and wanted is not None:
            return web.Response(status=204, headers=_preflight(request, allowed, wanted))
        response = await handler(request)
        response.headers.update(allowed)
        return response

    return allow


def _preflight(request: web.Request, allowed: dict[str, str], method: str) -> dict[str, str]:
    if not allowed:
        return {}
    asked = request.headers.get(hdrs.ACCESS_CONTROL_REQUEST_HEADERS)
    headers = {**allowed, hdrs.ACCESS_CONTROL_ALLOW_METHODS: method}
    return {**headers, hdrs.ACCESS_CONTROL_ALLOW_HEADERS: asked} if asked else headers
