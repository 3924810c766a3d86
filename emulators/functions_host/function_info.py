"""How ``/admin/functions`` describes a function (``FunctionMetadataResponse.cs``)."""

from typing import Any

from emulators.functions_host.functions import LoadedFunction
from emulators.functions_host.handlers import HttpRoutes


def describe(function: LoadedFunction, routes: HttpRoutes, origin: str) -> dict[str, Any]:
    """What tools look for; *origin* is where they reached this host."""
    return {
        "name": function.name,
        "script_root_path_href": None,
        "script_href": None,
        "config_href": None,
        "test_data_href": None,
        "href": f"{origin}/admin/functions/{function.name}",
        "invoke_url_template": _invoke_url(function, routes, origin),
        "language": "python",
        "config": {
            "name": function.name,
            "language": "python",
            "bindings": [dict(binding) for binding in function.bindings],
        },
        "files": None,
        "test_data": None,
        "isDisabled": function.disabled,
        "isDirect": False,
        "isProxy": False,
    }


def _invoke_url(function: LoadedFunction, routes: HttpRoutes, origin: str) -> str | None:
    for route in routes:
        if route.function.name == function.name:
            return f"{origin}/{route.template.text}"
    return None
