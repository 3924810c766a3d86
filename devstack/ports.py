"""The loopback ports of the stack, by name."""

import contextlib
import errno
import os
import random
import socket
from collections.abc import Iterable
from dataclasses import asdict, dataclass, replace
from typing import Self

from devstack.errors import DevstackError

LOOPBACK = "127.0.0.1"
# Below what Linux (32768) and Windows and macOS (49152) give to outgoing connections, and above
# the usual ports of services.
_CHOSEN_BY_HAND = range(15_000, 32_768)


class PortsError(DevstackError):
    """A port cannot be used as asked; the message says which and what to do."""


@dataclass(frozen=True, slots=True)
class Ports:
    """Where each service listens. The defaults are the services' own usual ones."""

    functions: int = 7071
    cosmos: int = 8081
    blob: int = 10000
    queue: int = 10001
    table: int = 10002
    app_configuration: int = 8483
    event_grid: int = 60101
    payments: int = 12111

    @classmethod
    def free(cls) -> Self:
        """Ports that nothing listens on now, so that stacks can run side by side."""
        with contextlib.ExitStack() as held:
            # All are held until the last is chosen, so that no two are the same.
            sockets = {name: held.enter_context(bound_socket()) for name in cls.names()}
            return cls(**{name: chosen.getsockname()[1] for name, chosen in sockets.items()})

    @classmethod
    def names(cls) -> tuple[str, ...]:
        """Every service port there is."""
        return tuple(asdict(cls()))

    def changed_by(self, assignments: Iterable[str]) -> Self:
        """These ports with some changed, each written ``name=number``.

        Raises:
            PortsError: an assignment names no port, or no number a port can have.
        """
        changes = dict(_parse(assignment) for assignment in assignments)
        return replace(self, **changes)

    def urls(self) -> dict[str, str]:
        """Where each service answers, by the name of its port."""
        return {name: f"http://{LOOPBACK}:{number}" for name, number in asdict(self).items()}

    def by_number(self) -> dict[int, str]:
        """The name of each port number."""
        return {number: name for name, number in asdict(self).items()}


def bound_socket() -> socket.socket:
    """A socket on a free loopback port; close it just before its port is used.

    Not on a port that the system picks by itself: between the two, any connection that someone
    opens may be given the same one.
    """
    while True:
        chosen = socket.socket()
        try:
            chosen.bind((LOOPBACK, random.choice(_CHOSEN_BY_HAND)))  # noqa: S311  # no secret
        except OSError:
            chosen.close()
        else:
            return chosen


def _parse(assignment: str) -> tuple[str, int]:
    name, _, number = assignment.partition("=")
    if name not in Ports.names():
        raise PortsError(f"--port {assignment}: {name!r} is none of {', '.join(Ports.names())}.")
    if not (number.isdecimal() and 0 < int(number) < 65536):
        raise PortsError(f"--port {assignment}: {number!r} is not a port number (1-65535).")
    return name, int(number)


def require_free(name: str, number: int) -> None:
    """Refuse to go on when something listens on the port already.

    Raises:
        PortsError: the port is taken; the message says how to choose another.
    """
    with socket.socket() as attempt:
        if os.name == "posix":
            # As servers do, so that connections of a stack just ended do not count as use. On
            # Windows this option would share a port that is taken.
            attempt.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            attempt.bind((LOOPBACK, number))
        except OSError as error:
            if error.errno not in (errno.EADDRINUSE, errno.EACCES):
                raise
            raise PortsError(
                f"{name}: port {number} on {LOOPBACK} is already in use. "
                f"Stop what uses it, or choose another: --port {name}=NUMBER"
            ) from error
