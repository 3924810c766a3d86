"""An account whose clock stands still and whose state survives crashes."""

import time
from pathlib import Path

from azure.cosmos import CosmosClient

from emulators.cosmos.auth import EMULATOR_KEY
from tests.emulators.cosmos.server import EmulatorProcess


class Account:
    """An emulator whose clock stands still and whose state outlives it."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._clock = folder / "clock"
        self.set_clock(int(time.time()))
        self._process = self._start(None)
        # An operation is sent once: what a crash made of it is for the test to find out.
        self.client = CosmosClient(self._process.url, EMULATOR_KEY, retry_total=0)

    def _start(self, port: int | None) -> EmulatorProcess:
        state = str(self._folder / "state")
        module = ("tests.emulators.cosmos.clock", str(self._clock))
        return EmulatorProcess(state, port, module=module)

    def set_clock(self, now: int) -> None:
        written = self._clock.with_suffix(".new")
        written.write_text(str(now))
        written.replace(self._clock)
        self.now = now

    def kill(self) -> None:
        self._process.kill()

    def revive(self) -> None:
        self._process = self._start(self._process.port)

    def close(self) -> None:
        self.client.close()
        self._process.stop()
