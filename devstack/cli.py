"""The command line: ``run``, ``serve``, ``emulators``, ``dead-letters`` and ``histories``."""

from pathlib import Path
from typing import Annotated, Never

import typer

from devstack.dead_letter_commands import dead_letters
from devstack.histories_commands import histories
from devstack.ports import Ports
from devstack.services import ROOT, Host
from devstack.terminal import console, explained, finish
from devstack.via import TopicAddress, Via

SAMPLE_ORDERS = ROOT / "data" / "online_retail_2011_01.csv.gz"

cli = typer.Typer(
    add_completion=False,
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    help="Runs the app and the services it needs on this machine.",
)
cli.add_typer(dead_letters, name="dead-letters")
cli.add_typer(histories, name="histories")

PortOption = Annotated[
    list[str],
    typer.Option(
        "--port",
        metavar="NAME=NUMBER",
        envvar="DEVSTACK_PORTS",
        help=f"Use another port; repeatable. Names: {', '.join(Ports.names())}.",
    ),
]
HostOption = Annotated[
    Host, typer.Option(help="What runs the app: the emulated host, or Core Tools' `func start`.")
]


@cli.command()
def run(
    orders: Annotated[
        Path,
        typer.Option(
            metavar="FILE",
            help="A CSV file of the Online Retail shape, plain or gzipped.",
            show_default=str(SAMPLE_ORDERS.relative_to(ROOT)),
        ),
    ] = SAMPLE_ORDERS,
    limit: Annotated[int, typer.Option(min=1, help="Take the first N invoices.")] = 200,
    json: Annotated[
        Path | None, typer.Option(metavar="REPORT", help="Also write the report here, as JSON.")
    ] = None,
    keep: Annotated[
        bool, typer.Option("--keep", help="Use and keep the state that `serve` uses.")
    ] = False,
    via: Annotated[
        Via, typer.Option(help="How orders get to the app: requests, or events of a topic.")
    ] = Via.HTTP,
    base_url: Annotated[
        str | None, typer.Option(help="Drive an app that runs already; starts nothing.")
    ] = None,
    topic: Annotated[
        str | None,
        typer.Option(
            metavar="URL",
            help="Publish to this topic instead of the local one; it takes CloudEvents.",
        ),
    ] = None,
    topic_key: Annotated[
        str, typer.Option(metavar="KEY", envvar="TOPIC_KEY", help="The key of --topic.")
    ] = "",
    host: HostOption = Host.EMULATED,
    port: PortOption = [],  # noqa: B006  typer copies it
) -> None:
    """Submit real orders, follow them to their final states, and report."""
    from devstack.run import RunOptions, run

    if topic and via is not Via.EVENTS:
        raise typer.BadParameter("--topic goes with --via events")
    with explained():
        address = TopicAddress(topic, topic_key) if topic else None
        options = RunOptions(
            orders, limit, _ports(port), host, keep, base_url, json, via=via, topic=address
        )
        raise typer.Exit(finish(run(options, console)))


@cli.command()
def serve(host: HostOption = Host.EMULATED, port: PortOption = []) -> None:  # noqa: B006
    """Run the app and its services until Ctrl-C."""
    from devstack.serve import serve

    with explained():
        raise typer.Exit(finish(serve(_ports(port), host, console)))


@cli.command()
def emulators(port: PortOption = []) -> None:  # noqa: B006
    """Run only what the app needs, for an app started by hand with `func start`."""
    from devstack.serve import serve

    with explained():
        raise typer.Exit(finish(serve(_ports(port), None, console)))


def _ports(assignments: list[str]) -> Ports:
    return Ports().changed_by(assignments)


def main() -> Never:
    """Run the command that was given."""
    cli(prog_name="dev.py")
    raise AssertionError("typer exits by itself")
