"""Azurite as a process of its own, holding everything in memory."""

import shutil
import subprocess
import time
from pathlib import Path
from urllib.error import HTTPError, URLError
from urllib.request import urlopen

from tests.emulators.processes import free_port

_AZURITE = Path("emulators/azurite/node_modules/azurite/dist/src/azurite.js")
_ACCOUNT = "devstoreaccount1"
# The key every Azurite has; Microsoft documents it.
_KEY = "Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw=="
_DEADLINE_SECONDS = 30.0


def why_missing(root: Path) -> str | None:
    """What keeps Azurite from running here."""
    if shutil.which("node") is None:
        return "node is not installed"
    return None if (root / _AZURITE).exists() else "Azurite is not installed; run python3 dev.py"


class Azurite:
    """Blob and queue storage inside its ``with``."""

    def __init__(self, root: Path, folder: Path) -> None:
        self._ports = {"blob": free_port(), "queue": free_port(), "table": free_port()}
        options = [f"--{kind}Port={port}" for kind, port in self._ports.items()]
        options += [f"--{kind}Host=127.0.0.1" for kind in self._ports]
        self._command = [
            *("node", str(root / _AZURITE), "--silent", "--loose", "--inMemoryPersistence"),
            *("--skipApiVersionCheck", "--disableTelemetry", *options),
        ]
        self._folder = folder

    @property
    def connection_string(self) -> str:
        """What an app setting for this storage holds."""
        endpoints = ";".join(
            f"{kind.capitalize()}Endpoint=http://127.0.0.1:{port}/{_ACCOUNT}"
            for kind, port in self._ports.items()
        )
        return f"DefaultEndpointsProtocol=http;AccountName={_ACCOUNT};AccountKey={_KEY};{endpoints}"

    def __enter__(self) -> "Azurite":
        self._process = subprocess.Popen(
            self._command, cwd=self._folder, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        for port in self._ports.values():
            self._wait_for(port)
        return self

    def _wait_for(self, port: int) -> None:
        deadline = time.monotonic() + _DEADLINE_SECONDS
        while time.monotonic() < deadline and self._process.poll() is None:
            try:
                urlopen(f"http://127.0.0.1:{port}/").close()
            except HTTPError as refusal:
                # Without credentials it refuses every request, which is answer enough.
                refusal.close()
                return
            except URLError:
                time.sleep(0.05)
        raise AssertionError("Azurite did not start")

    def __exit__(self, *_: object) -> None:
        self._process.kill()
        self._process.wait()
