"""What every command does at the terminal: print, complain, and end when it is told to."""

import asyncio
import contextlib
import signal
from collections.abc import Coroutine, Iterator
from typing import Any

import typer
from rich.console import Console

from devstack.errors import DevstackError

INTERRUPTED = 130

console = Console(highlight=False)
complaints = Console(stderr=True, highlight=False)


@contextlib.contextmanager
def explained() -> Iterator[None]:
    """Turn what a user can put right into one clear message and exit code 1."""
    try:
        yield
    except DevstackError as error:
        complaints.print(str(error), style="red", markup=False, soft_wrap=True)
        raise typer.Exit(1) from None


def finish(work: Coroutine[Any, Any, int]) -> int:
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
