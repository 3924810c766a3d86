"""HTTP streams: the web framework that an app brings in by importing an HTTP extension.

The real worker then gives every HTTP function of the app the framework's own request, whose body
it may read in parts, and sends the framework's responses, which may come in parts
(https://learn.microsoft.com/azure/azure-functions/functions-reference-python#http-streams).
"""

import importlib
import sys
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

_BASE = "azurefunctions.extensions.base"

Handler = Callable[[Any], Awaitable[Any]]


class WebExtension:
    """The extension in use, whichever it is, by what its base package knows of it."""

    def __init__(self, base: Any) -> None:
        self._base = base
        self._module = importlib.import_module(base.ModuleTrackerMeta.get_module())

    def takes(self, annotation: Any) -> bool:
        """Whether *annotation* is the framework's request."""
        return bool(self._base.RequestTrackerMeta.check_type(annotation))

    def set_route_values(self, request: Any, values: Mapping[str, str]) -> None:
        """Give *request* the route values, as the framework's own routes would."""
        self._base.RequestTrackerMeta.get_synchronizer().sync_route_params(request, values)

    def failure(self) -> Any:
        """An empty response with status 500."""
        return self._base.ResponseTrackerMeta.get_standard_response_type()(status_code=500)

    async def serve(self, host: str, port: int, handle: Handler) -> None:
        """Serve every path with *handle*, until cancelled."""
        app = self._module.WebApp()

        async def catch_all(request: Any) -> Any:
            return await handle(request)

        # The framework looks at the annotation to know that it is to hand its request over.
        request_type = self._base.RequestTrackerMeta.get_request_type()
        catch_all.__annotations__ = {"request": request_type}
        app.route(catch_all)
        await self._module.WebServer(host, port, app).serve()


def web_extension() -> WebExtension | None:
    """The extension the app has imported, if it has."""
    base = sys.modules.get(_BASE)
    if base is None or not base.HttpV2FeatureChecker.http_v2_enabled():
        return None
    return WebExtension(base)
