"""What the host prints when it starts: every function and where to find it, as Core Tools does."""

from collections.abc import Iterable

from rich.console import Console
from rich.markup import escape

from emulators.functions_host.functions import LoadedFunction
from emulators.functions_host.handlers import HttpRoutes


def print_functions(
    functions: Iterable[LoadedFunction],
    routes: HttpRoutes,
    origin: str,
    instances: str,
    console: Console,
) -> None:
    """Print the name of each function with its trigger, and those over HTTP with their URL.

    *instances* is where a browser shows the orchestration instances.
    """
    urls = {
        route.function.name: f"[green]{_methods(route.methods)} {origin}/"
        f"{escape(route.template.text)}[/]"
        for route in routes
    }
    console.print("\n[bold]Functions:[/]\n")
    for function in functions:
        target = urls.get(function.name, f"[dim]{function.trigger_type}[/]")
        if function.disabled:
            target = f"[dim]{function.trigger_type}, disabled[/]"
        console.print(f"        [yellow]{escape(function.name)}[/]: {target}\n", soft_wrap=True)
    console.print(f"[bold]Instances:[/] [green]{instances}[/]\n", soft_wrap=True)


def _methods(methods: Iterable[str]) -> str:
    return escape(f"[{','.join(sorted(methods)) or 'ALL'}]")
