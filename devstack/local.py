"""The stack as the commands run it: state and logs in .local, what happens told on the console."""

import shutil
import tempfile
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from rich.console import Console

from devstack.ports import Ports
from devstack.services import ROOT, Host
from devstack.stack import Stack

FOLDER = ROOT / ".local"


@asynccontextmanager
async def local_stack(
    ports: Ports, host: Host | None, console: Console, *, keep: bool
) -> AsyncIterator[Stack]:
    """A running stack on the state that all commands share, or on one that is thrown away.

    Raises:
        PortsError, ServiceError: it could not be started.
    """
    started = time.monotonic()
    FOLDER.mkdir(exist_ok=True)
    state = FOLDER / "state" if keep else Path(tempfile.mkdtemp(prefix="run-", dir=FOLDER))
    console.print("Starting the stack ...")
    stack = Stack(
        state,
        ports,
        host=host,
        logs=FOLDER / "logs",
        report=lambda line: console.print(line, style="yellow", markup=False),
    )
    try:
        async with stack:
            console.print(f"Ready after {time.monotonic() - started:.1f} s.")
            yield stack
    finally:
        if not keep:
            shutil.rmtree(state, ignore_errors=True)
