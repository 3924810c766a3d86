"""The command line: ``run``, ``serve`` and ``emulators``."""

import asyncio
import contextlib
import signal
from collections.abc import Coroutine, Iterator
from pathlib import Path
from typing import Annotated, Any, Never

import typer
from rich.console import Console

from devstack.errors import DevstackError
from devstack.ports import Ports
from devstack.services import ROOT, Host
from devstack.via import TopicAddress, Via

SAMPLE_ORDERS = ROOT / "data" / "online_retail_2011_01.csv.gz"
INTERRUPTED = 130

cli = typer.Typer(
    add_completion=False,
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    help="Runs the app and the services it needs on this machine.",
)
console = Console(highlight=False)
complaints = Console(stderr=True, highlight=False)

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
            help="Publish to this topic, CloudEvents that reach the app, instead of the local one.",
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
    with _complaints():
        address = TopicAddress(topic, topic_key) if topic else None
        options = RunOptions(
            orders, limit, _ports(port), host, keep, base_url, json, via=via, topic=address
        )
        raise typer.Exit(_finish(run(options, console)))


@cli.command()
def serve(host: HostOption = Host.EMULATED, port: PortOption = []) -> None:  # noqa: B006
    """Run the app and its services until Ctrl-C."""
    from devstack.serve import serve

    with _complaints():
        raise typer.Exit(_finish(serve(_ports(port), host, console)))


@cli.command()
def emulators(port: PortOption = []) -> None:  # noqa: B006
    """Run only what the app needs, for an app started by hand with `func start`."""
    from devstack.serve import serve

    with _complaints():
        raise typer.Exit(_finish(serve(_ports(port), None, console)))


def _ports(assignments: list[str]) -> Ports:
    return Ports().changed_by(assignments)


@contextlib.contextmanager
def _complaints() -> Iterator[None]:
    """Turn what a user can put right into one clear message and exit code 1."""
    try:
        yield
    except DevstackError as error:
        complaints.print(str(error), style="red", markup=False, soft_wrap=True)
        raise typer.Exit(1) from None


def _finish(work: Coroutine[Any, Any, int]) -> int:
    """Do *work* to its end; Ctrl-C and SIGTERM cancel it once, so that it can clean up."""

    async def cancellable() -> int:
        task = asyncio.create_task(work)
        loop = asyncio.get_running_loop()
        with contextlib.suppress(NotImplementedError):  # Windows: only Ctrl-C, asyncio's own way
            for number in (signal.SIGINT, signal.SIGTERM):
                loop.add_signal_handler(number, _cancel_once, task)
        return await task

    try:
        return asyncio.run(cancellable())
    except (KeyboardInterrupt, asyncio.CancelledError):
        return INTERRUPTED


def _cancel_once(task: asyncio.Task[int]) -> None:
    # A second, impatient Ctrl-C must not interrupt the stopping of the services.
    if not task.cancelling():
        task.cancel()


def main() -> Never:
    """Run the command that was given."""
    cli(prog_name="dev.py")
    raise AssertionError("typer exits by itself")
