"""The emulator as a process of its own, as its users run it."""

import ssl
import subprocess
import sys
import time
from pathlib import Path
from urllib.error import URLError
from urllib.request import urlopen

from tests.emulators.processes import free_port

# The certificate is made at start and signed by nobody; clients on this machine do not check it.
_UNVERIFIED = ssl._create_unverified_context()

ROOT = Path(__file__).parents[3]


class EmulatorProcess:
    """``python -m emulators.cosmos``, ready to answer once constructed."""

    def __init__(
        self,
        state: str = ":memory:",
        port: int | None = None,
        *options: str,
        module: tuple[str, ...] = ("emulators.cosmos",),
    ) -> None:
        self.port = port or free_port()
        scheme = "https" if "--https" in options else "http"
        self.url = f"{scheme}://127.0.0.1:{self.port}"
        command = [sys.executable, "-m", *module]
        self._process = subprocess.Popen(
            [*command, "--port", str(self.port), "--state", state, *options],
            cwd=ROOT,
            stdout=subprocess.DEVNULL,
        )
        self._wait_until_ready()

    def _wait_until_ready(self) -> None:
        deadline = time.monotonic() + 15
        while time.monotonic() < deadline and self._process.poll() is None:
            try:
                with urlopen(f"{self.url}/_emulator/health", timeout=1, context=_UNVERIFIED):
                    return
            except (URLError, ConnectionError, TimeoutError):
                time.sleep(0.02)
        self.kill()
        raise RuntimeError("the emulator did not become ready")

    def kill(self) -> None:
        """``kill -9``: no time to tidy anything up."""
        self._process.kill()
        self._process.wait()

    def stop(self) -> None:
        """Ask it to end, and wait until it has."""
        self._process.terminate()
        self._process.wait(timeout=10)
