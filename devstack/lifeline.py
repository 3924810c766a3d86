"""Ends the services when whoever started them is gone and could not: kill -9, out of memory.

Run as a program, this file is the watchman: a process of its own that hears on its standard input
which processes to watch, and kills those left when the input ends.
"""

import contextlib
import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import TextIO


class Lifeline:
    """Holds processes that must not outlive this one, until it is closed."""

    def __init__(self) -> None:
        orders, told = os.pipe()
        self._watchman = subprocess.Popen(
            [sys.executable, "-I", "-S", str(Path(__file__))],
            stdin=orders,
            # In the session of the terminal it would be killed together with those it watches.
            start_new_session=True,
        )
        os.close(orders)
        self._orders = os.fdopen(told, "w", buffering=1)

    def close(self) -> None:
        """End the watch, and with it what is still held."""
        self._orders.close()
        self._watchman.wait()

    def hold(self, pid: int) -> None:
        """Take *pid*, a session leader on POSIX, down with this process, however that ends."""
        self._tell(f"+{pid}")

    def release(self, pid: int) -> None:
        """Forget *pid*, which has ended; its number may soon be another process's."""
        self._tell(f"-{pid}")

    def _tell(self, order: str) -> None:
        with contextlib.suppress(BrokenPipeError):  # Without a watchman, services run as well.
            self._orders.write(order + "\n")


def watch(orders: TextIO) -> None:
    """Follow *orders* until they end, then kill what is still held."""
    held: set[int] = set()
    for order in orders:
        change = held.add if order.startswith("+") else held.discard
        change(int(order[1:]))
    for pid in held:
        _kill(pid)


def _kill(pid: int) -> None:
    with contextlib.suppress(OSError):  # It has ended by itself.
        if os.name == "posix":
            os.killpg(pid, signal.SIGKILL)
        else:
            os.kill(pid, signal.SIGTERM)


if __name__ == "__main__":
    watch(sys.stdin)
