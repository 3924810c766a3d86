"""Runs the host as a process, and talks to it as a client would."""

import asyncio
import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any
from urllib.error import URLError
from urllib.request import urlopen

import aiohttp
from yarl import URL

from tests.emulators.processes import free_port

APPS = Path(__file__).parent / "apps"
ROOT = Path(__file__).parents[3]
DEADLINE_SECONDS = 20.0
WEBHOOK = "/runtime/webhooks/durabletask"


class HostProcess:
    """One ``python -m emulators.functions_host``; its output goes to a file next to *state*."""

    def __init__(self, app: Path, folder: Path, *args: str, state: str = ":memory:") -> None:
        self.record = folder / "record.txt"
        self._log = folder / "host.log"
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        command = [sys.executable, "-m", "emulators.functions_host", "--app", str(app)]
        with self._log.open("ab") as log:
            self._process = subprocess.Popen(
                [*command, "--port", str(self.port), "--state", state, *args],
                cwd=ROOT,
                env={**os.environ, "RECORD_FILE": str(self.record)},
                stdout=log,
                stderr=subprocess.STDOUT,
            )

    def wait_until_ready(self) -> "HostProcess":
        deadline = time.monotonic() + DEADLINE_SECONDS
        while time.monotonic() < deadline and self._process.poll() is None:
            try:
                with urlopen(f"{self.url}/_emulator/health"):
                    return self
            except URLError:
                time.sleep(0.02)
        raise AssertionError(f"the host did not start:\n{self.output}")

    @property
    def output(self) -> str:
        return self._log.read_text()

    @property
    def recorded(self) -> list[str]:
        return self.record.read_text().splitlines() if self.record.exists() else []

    def kill(self) -> None:
        self._process.kill()
        self._process.wait()

    def interrupt(self) -> None:
        """What Ctrl-C does."""
        self._process.send_signal(signal.SIGINT)

    async def wait_for_output(self, text: str) -> None:
        """Return once the host has printed *text*; the test's timeout bounds the wait."""
        while text not in self.output:  # noqa: ASYNC110  # a file has nothing to await
            await asyncio.sleep(0.02)

    def terminate(self) -> None:
        self._process.terminate()

    def wait_for_exit(self) -> int:
        return self._process.wait(DEADLINE_SECONDS)


def write_app(folder: Path, source: str, **host_json: Any) -> Path:
    """An app of one file in *folder*, whose functions can ``record`` lines."""
    folder.mkdir(exist_ok=True)
    (folder / "host.json").write_text(json.dumps({"version": "2.0", **host_json}))
    (folder / "function_app.py").write_text(_APP_HEADER + source)
    return folder


_APP_HEADER = """
import json
import os
import time
from pathlib import Path

import azure.functions as func

app = func.FunctionApp(http_auth_level=func.AuthLevel.ANONYMOUS)


def record(*values):
    with Path(os.environ["RECORD_FILE"]).open("a") as file:
        print(*values, file=file)


"""


def start_host(app: str | Path, folder: Path, *args: str, state: str = ":memory:") -> HostProcess:
    """A running host for one of the apps next to this file, or for the one at a path."""
    path = APPS / app if isinstance(app, str) else app
    return HostProcess(path, folder, *args, state=state).wait_until_ready()


def copy_app(name: str, folder: Path, **durable: Any) -> Path:
    """A copy of an app in *folder* whose host.json has only these settings of durableTask."""
    app = folder / "app"
    app.mkdir(exist_ok=True)
    shutil.copy(APPS / name / "function_app.py", app)
    host_json = {"version": "2.0", "extensions": {"durableTask": durable}}
    (app / "host.json").write_text(json.dumps(host_json))
    return app


class Gate:
    """Holds the activity ``wait_for_file`` until a test opens it."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self.name = path.name

    def __str__(self) -> str:
        return str(self._path)

    def open(self) -> None:
        self._path.touch()


class Client:
    """Requests to one host."""

    def __init__(self, host: HostProcess, session: aiohttp.ClientSession) -> None:
        self._host = host
        self._session = session

    @property
    def url(self) -> str:
        return self._host.url

    async def request(self, method: str, path: str | URL, **options: Any) -> aiohttp.ClientResponse:
        """A request to a path of the host, or to a URL whose encoding matters."""
        url = path if isinstance(path, URL) else f"{self.url}{path}"
        response = await self._session.request(method, url, **options)
        await response.read()
        return response

    async def start(self, name: str, input_: Any = None, instance_id: str | None = None) -> str:
        """Start *name* through the SDK's client in the app."""
        params = {"id": instance_id} if instance_id else None
        response = await self.request("POST", f"/api/start/{name}", json=input_, params=params)
        assert response.status == 202, await response.text()
        started: str = (await response.json())["id"]
        return started

    async def use(self, operation: str, instance_id: str, **options: Any) -> Any:
        """Call the SDK's client in the app; an error of the SDK is returned as its text."""
        path = f"/api/client/{operation}/{instance_id}"
        response = await self.request("POST", path, **options)
        return await (response.json() if response.status == 200 else response.text())

    async def status(self, instance_id: str, **params: str) -> dict[str, Any]:
        path = f"{WEBHOOK}/instances/{instance_id}"
        response = await self.request("GET", path, params=params)
        status: dict[str, Any] = await response.json()
        return status

    async def wait_for(self, instance_id: str, *statuses: str) -> dict[str, Any]:
        """The instance's status once it is one of *statuses*."""
        deadline = time.monotonic() + DEADLINE_SECONDS
        while time.monotonic() < deadline:
            status = await self.status(instance_id)
            if status["runtimeStatus"] in statuses:
                return status
            await asyncio.sleep(0.02)
        raise AssertionError(f"{status} did not become one of {statuses}\n{self._host.output}")

    async def finish(self, instance_id: str) -> dict[str, Any]:
        return await self.wait_for(instance_id, "Completed", "Failed", "Terminated")

    async def run(self, name: str, input_: Any = None) -> dict[str, Any]:
        return await self.finish(await self.start(name, input_))

    async def wait_until(self, happened: Callable[[], Awaitable[bool]]) -> None:
        """Return once *happened* says so."""
        deadline = time.monotonic() + DEADLINE_SECONDS
        while not await happened():
            assert time.monotonic() < deadline, self._host.output
            await asyncio.sleep(0.02)

    async def wait_for_record(self, line: str, times: int = 1) -> None:
        """Return once functions of the app have recorded *line* so often."""
        deadline = time.monotonic() + DEADLINE_SECONDS
        while self._host.recorded.count(line) < times:
            assert time.monotonic() < deadline, self._host.recorded[-20:]
            await asyncio.sleep(0.02)
