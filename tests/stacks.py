"""A running stack for synchronous fixtures: its supervisor lives in a loop of its own thread."""

import asyncio
import threading
from collections.abc import Coroutine, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Self

import pytest

from devstack.ports import Ports
from devstack.stack import Stack


class RunningStack:
    """``with RunningStack(folder) as stack:`` has the whole app running on free ports."""

    def __init__(self, state: Path, **environment: str) -> None:
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._stack = Stack(state, Ports.free(), environment=environment)

    def __enter__(self) -> Self:
        self._thread.start()
        self._wait(self._stack.__aenter__())
        return self

    def __exit__(self, *_: object) -> None:
        self._wait(self._stack.__aexit__(None, None, None))
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    @property
    def urls(self) -> dict[str, str]:
        """Where each service answers, by its name."""
        return self._stack.urls

    @property
    def settings(self) -> dict[str, str]:
        """The app's settings."""
        return self._stack.settings

    def kill(self, service: str) -> None:
        """End a service as a crash would, and leave it ended."""
        self._wait(self._stack.kill(service))

    def start(self, service: str) -> None:
        """Start a killed service again, with the state it had."""
        self._wait(self._stack.start(service))

    def _wait(self, work: Coroutine[Any, Any, Any]) -> Any:
        return asyncio.run_coroutine_threadsafe(work, self._loop).result()


@contextmanager
def stack_of_its_own(request: pytest.FixtureRequest, state: Path) -> Iterator[dict[str, str]]:
    """The URLs of a further stack, for a module that cannot share the one of the others."""
    if request.config.getoption("--base-url"):
        pytest.skip("needs a stack of its own, and --base-url names one")
    with RunningStack(state) as stack:
        yield stack.urls
