"""What every emulator's command line and HTTP server have in common."""

import argparse
import asyncio
import errno
import ssl
import sys
from collections.abc import Awaitable

from aiohttp import web

LOOPBACK = "127.0.0.1"


def argument_parser(
    prog: str, description: str, default_port: int | None, port_help: str = "default: %(default)s"
) -> argparse.ArgumentParser:
    """The options every emulator has: ``--port`` and ``--state``."""
    parser = argparse.ArgumentParser(prog=f"python -m emulators.{prog}", description=description)
    parser.add_argument("--port", type=int, default=default_port, help=port_help)
    parser.add_argument(
        "--state",
        default=":memory:",
        metavar="DIR",
        help="folder that keeps state across restarts; default: %(default)s",
    )
    return parser


def event_loop() -> asyncio.AbstractEventLoop:
    """A new event loop of the quickest kind: uvloop's, where there is one."""
    if sys.platform == "win32":
        return asyncio.new_event_loop()
    import uvloop

    return uvloop.new_event_loop()


def run(
    app: web.Application | Awaitable[web.Application],
    name: str,
    port: int,
    https: ssl.SSLContext | None = None,
) -> None:
    """Serve *app* on loopback until SIGINT or SIGTERM, and say so once it accepts connections.

    An awaitable *app* is built inside the event loop that then serves it; *https* makes it https.

    Raises:
        SystemExit: the port is taken; the message names it.
    """
    scheme = "https" if https else "http"
    try:
        web.run_app(
            app,
            host=LOOPBACK,
            port=port,
            access_log=None,
            shutdown_timeout=2,
            ssl_context=https,
            loop=event_loop(),
            print=lambda _: print(f"{name} ready on {scheme}://{LOOPBACK}:{port}", flush=True),  # noqa: T201
        )
    except OSError as error:
        if error.errno != errno.EADDRINUSE:
            raise
        sys.exit(
            f"{name}: port {port} on {LOOPBACK} is already in use; choose another with --port."
        )
