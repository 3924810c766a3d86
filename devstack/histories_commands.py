"""The ``histories`` commands: record what sagas write, and replay it through today's code."""

from pathlib import Path
from typing import Annotated

import typer

from devstack.histories import HISTORIES
from devstack.services import ROOT
from devstack.terminal import console, explained, finish

histories = typer.Typer(
    no_args_is_help=True,
    rich_markup_mode=None,
    help="Record histories of sagas, and replay them through today's code.",
)

Folder = Annotated[
    Path, typer.Option(metavar="FOLDER", help="Where the histories are.", show_default=False)
]


@histories.command()
def record(
    names: Annotated[
        list[str] | None,
        typer.Argument(metavar="[NAME]...", help="Paths (saga/path) or sagas; all without."),
    ] = None,
    refresh: Annotated[
        bool, typer.Option("--refresh", help="Replace histories of the present version.")
    ] = False,
    folder: Folder = HISTORIES,
) -> None:
    """Drive orders down every path on a stack of their own, and keep the histories they leave."""
    from devstack.histories_recorder import record
    from devstack.histories_scenarios import chosen

    with explained():
        scenarios = chosen(names or [])
        raise typer.Exit(finish(record(scenarios, folder, console, refresh=refresh)))


@histories.command()
def check(
    folder: Folder = HISTORIES,
    app: Annotated[
        Path, typer.Option(metavar="FOLDER", help="Whose code; this app's.", show_default=False)
    ] = ROOT,
    json: Annotated[
        Path | None, typer.Option(metavar="REPORT", help="Also write what is wrong as JSON.")
    ] = None,
) -> None:
    """Replay every history; exit code 1 if a change would break or divert orders in flight."""
    from devstack.histories_app import SagaApp
    from devstack.histories_check import report, verdicts, write_json

    with explained():
        found = verdicts(folder, SagaApp.load(app.resolve()))
        if json:
            write_json(found, json)
        raise typer.Exit(report(found, console))
