"""The HTTP trigger's rules: which function a request reaches, whether it may, and in what form."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from azure.functions.meta import Datum
from multidict import MultiMapping

from emulators.functions_host import keys
from emulators.functions_host.cookies import set_cookie_values
from emulators.functions_host.errors import StartError
from emulators.functions_host.functions import HTTP, LoadedFunction
from emulators.functions_host.route_template import RouteTemplate, compile_template

_RESERVED = ("admin", "runtime")
_LOWEST_STATUS, _HIGHEST_STATUS = 200, 999
# How a body is framed is the server's business; apps copy these from answers they got themselves.
_FRAMING = frozenset({"content-length", "transfer-encoding"})


@dataclass(frozen=True, slots=True)
class Route:
    """Where one HTTP function listens; no methods means every one."""

    function: LoadedFunction
    template: RouteTemplate
    methods: frozenset[str]

    @property
    def auth_level(self) -> str:
        """ANONYMOUS, FUNCTION or ADMIN."""
        return str(self.function.trigger.get("authLevel", "FUNCTION"))

    def accepts(self, method: str) -> bool:
        """Whether *method* is served; HEAD and OPTIONS are not implied by others."""
        return not self.methods or method in self.methods


@dataclass(frozen=True, slots=True)
class HttpReply:
    """What goes back over HTTP."""

    status: int
    headers: list[tuple[str, str]]
    body: bytes


class HttpRoutes:
    """The route table: first match in alphabetical order of function name, as the real host."""

    def __init__(self, functions: Iterable[LoadedFunction], prefix: str) -> None:
        self._routes = [_route(one, prefix) for one in functions if one.trigger_type == HTTP]
        _refuse_conflicts(self._routes)

    def __iter__(self) -> Iterator[Route]:
        return iter(self._routes)

    def find(self, method: str, raw_path: str) -> tuple[Route, dict[str, str]] | None:
        """The route for *raw_path* and its values. A method it does not serve is no match.

        Paths of the host's own match nothing, even where a function catches all others.
        """
        if raw_path.lstrip("/").partition("/")[0].lower() in _RESERVED:
            return None
        for route in self._routes:
            if route.accepts(method):
                values = route.template.match(raw_path.lstrip("/"))
                if values is not None:
                    return route, values
        return None


def _route(function: LoadedFunction, prefix: str) -> Route:
    route = str(function.trigger.get("route", function.name)).strip("/")
    path = f"{prefix}/{route}".strip("/")
    # The host refuses them with and without a prefix (ScriptHost.cs ValidateFunction).
    if any(text.split("/")[0].lower() in _RESERVED for text in (route, path)):
        raise StartError(
            f"function {function.name}: The specified route conflicts with one or more built in "
            "routes."
        )
    methods = frozenset(str(method).upper() for method in function.trigger.get("methods", ()))
    return Route(function, compile_template(path), methods)


def _refuse_conflicts(routes: list[Route]) -> None:
    for index, one in enumerate(routes):
        for other in routes[index + 1 :]:
            same = one.template.text.lower() == other.template.text.lower()
            overlap = not one.methods or not other.methods or one.methods & other.methods
            if same and overlap:
                raise StartError(
                    f"functions {one.function.name} and {other.function.name} have the same route "
                    f"{one.template.text!r} with overlapping methods"
                )


def may_call(route: Route, headers: Mapping[str, str], query: Mapping[str, str]) -> bool:
    """Whether the request carries a key for the function."""
    return keys.opens_function(given_key(headers, query), route.auth_level, route.function.name)


def given_key(headers: Mapping[str, str], query: Mapping[str, str]) -> str | None:
    """The key of a request; the header beats ``?code=``."""
    return headers.get("x-functions-key") or query.get("code")


def request_datum(
    *,
    method: str,
    url: str,
    headers: MultiMapping[str],
    query: MultiMapping[str],
    route_values: Mapping[str, str],
    body: bytes,
) -> Datum:
    """A request as the worker's HTTP converter decodes it.

    Repeated headers and query parameters are joined by commas, empty ones dropped
    (GrpcMessageConversionExtensions.cs).
    """
    return Datum(
        {
            "method": Datum(method, "string"),
            "url": Datum(url, "string"),
            "headers": _joined((name.lower(), value) for name, value in headers.items()),
            "query": _joined(query.items()),
            "params": {name: Datum(value, "string") for name, value in route_values.items()},
            "body": Datum(body, "bytes"),
        },
        "http",
    )


def _joined(pairs: Iterable[tuple[str, str]]) -> dict[str, Datum]:
    joined: dict[str, str] = {}
    for name, value in pairs:
        joined[name] = f"{joined[name]},{value}" if name in joined else value
    return {name: Datum(value, "string") for name, value in joined.items() if value}


def reply(datum: Datum) -> HttpReply:
    """What a function's encoded return value means over HTTP.

    Raises:
        ValueError: it has a status or a cookie that cannot be sent.
    """
    if datum.type is None:
        return HttpReply(204, [], b"")
    if datum.type == "string":
        return HttpReply(200, [("Content-Type", "text/plain; charset=utf-8")], datum.value.encode())
    value = datum.value
    status = int(value["status_code"].value)
    if not _LOWEST_STATUS <= status <= _HIGHEST_STATUS:
        raise ValueError(f"{status} is no HTTP status to answer with")
    headers = [
        (name, header.value)
        for name, header in value["headers"].items()
        if name.lower() not in _FRAMING
    ]
    headers += [("Set-Cookie", cookie) for cookie in set_cookie_values(value["cookies"])]
    return HttpReply(status, headers, value["body"].value)
