"""The route table, apart from any server."""

import pytest

from emulators.functions_host.functions import HTTP, LoadedFunction
from emulators.functions_host.handlers import HttpRoutes


def catching_all() -> LoadedFunction:
    """A function that takes every path, as web frameworks in a function app do."""
    trigger = {"type": HTTP, "name": "req", "route": "{*path}"}
    return LoadedFunction(
        name="everything",
        is_async=False,
        bindings=(trigger,),
        trigger=trigger,
        parameters={"req": trigger},
        outputs={},
        retry=None,
        disabled=False,
    )


@pytest.mark.parametrize("path", ["/admin/functions/x", "/Runtime/webhooks/unknown"])
def test_keeps_the_hosts_own_paths_from_a_function_that_catches_all(path: str):
    """Unknown webhooks are 404, and nobody's function hears of admin requests."""
    routes = HttpRoutes([catching_all()], prefix="")

    assert routes.find("GET", path) is None
    assert routes.find("GET", "/orders/1") is not None
