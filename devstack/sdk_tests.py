"""``python -m devstack.sdk_tests``: the azure-cosmos SDK's own tests, run on the Cosmos emulator.

They come with the source distribution of the version that constraints.txt pins. That, and a virtual
environment for it, are kept in .local; nothing of either belongs to this project.
"""

import asyncio
import contextlib
import os
import socket
import subprocess
import sys
import tarfile
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Annotated

import aiohttp
import typer
from rich.console import Console

from devstack.errors import DevstackError
from devstack.ports import LOOPBACK, Ports
from devstack.sdk_report import FileResult, expectations, table
from devstack.services import ROOT
from devstack.supervisor import Service, Supervisor
from emulators.cosmos.auth import EMULATOR_KEY

FOLDER = ROOT / ".local" / "sdk_tests"
# What the emulator is there for; sdk_expected.json names the few that are not expected to pass.
PATTERNS = (
    "test_transactional_batch*",
    "test_ttl*",
    "test_change_feed*",
    "test_crud*",
    "test_partition_key*",
    "test_read_items*",
    "test_query*",
)
# They expect that a service cannot answer within a millisecond, the least that a socket waits; over
# https a client may be busy with certificates for as long as the answer takes. What they time gets
# a distance that a busy machine does not hide, what there is most of a smaller one.
DISTANT = (
    "test_crud.py",
    "test_crud_async.py",
    "test_crud_response_payload_on_write_disabled.py",
    "test_crud_response_payload_on_write_disabled_async.py",
)
DISTANCES_MS = {"Read": 250, "Query": 250, "Create": 100}
# Of the SDK's repository, and not on PyPI; this is all the tests want of it.
TEST_UTILITIES = {
    "__init__.py": "",
    "helpers.py": "def is_live():\n    return True\n",
    "azure_recorded_testcase.py": (
        f"def get_credential(**_):\n    return {EMULATOR_KEY!r}\n"  # well known, so no secret
    ),
}
# Without a file of its own, pytest would go up to ours. A test that hangs fails alone.
# Quoting the source of some tracebacks ends pytest itself on Python 3.11; --tb=native does not.
SETTINGS = "[pytest]\nasyncio_mode = auto\ntimeout = 240\naddopts = --tb=native\n"
# The tests ask an emulator other things than a shared account, and some only know its usual port.
PLUGIN = "import test_config\n\ntest_config.TestConfig.is_emulator = True\n"
REQUIREMENTS = ("azure-cosmos", "aiohttp", "pytest", "pytest-asyncio", "pytest-timeout")

START_SECONDS = 30

console = Console(highlight=False)


class SdkTestsError(DevstackError):
    """The SDK's tests cannot be run; the message says why."""


class Suite:
    """The SDK's test files and an environment that can run them."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self.python = folder / "venv" / ("Scripts" if os.name == "nt" else "bin") / "python"
        version = _pinned_version()
        self._distribution = folder / f"azure_cosmos-{version}"
        self._requirement = f"azure-cosmos=={version}"
        self.tests = self._distribution / "tests"

    def prepare(self) -> None:
        """Fetch and install what is missing."""
        self._folder.mkdir(parents=True, exist_ok=True)
        if not self.tests.exists():
            self._fetch()
        (self._folder / "pytest.ini").write_text(SETTINGS, encoding="utf-8")
        (self._folder / "on_emulator.py").write_text(PLUGIN, encoding="utf-8")
        utilities = self._folder / "devtools_testutils"
        utilities.mkdir(exist_ok=True)
        for name, text in TEST_UTILITIES.items():
            (utilities / name).write_text(text, encoding="utf-8")
        installed = self._folder / "venv" / f".{self._requirement}"
        if not installed.exists():
            self._install()
            installed.touch()

    def _fetch(self) -> None:
        console.print(f"Fetching the source distribution of {self._requirement} ...")
        source_only = ("--no-deps", "--no-binary", ":all:", "--dest", str(self._folder))
        _pip(sys.executable, "download", *source_only, self._requirement)
        with tarfile.open(self._distribution.with_name(self._distribution.name + ".tar.gz")) as tar:
            tar.extractall(self._folder, filter="data")

    def _install(self) -> None:
        console.print("Installing what the tests need ...")
        venv = [sys.executable, "-m", "venv", "--clear", str(self._folder / "venv")]
        subprocess.run(venv, check=True)
        constraints = ("-c", str(ROOT / "constraints.txt"))
        _pip(str(self.python), "install", "--quiet", *constraints, *REQUIREMENTS)

    def files(self, patterns: Iterable[str]) -> list[Path]:
        """The test files that any of *patterns* names.

        Raises:
            SdkTestsError: a pattern names none.
        """
        found: set[Path] = set()
        for pattern in patterns:
            named = set(self.tests.glob(f"{pattern.removesuffix('.py')}.py"))
            if not named:
                raise SdkTestsError(f"The SDK has no test files {pattern!r}.")
            found |= named
        return sorted(found)

    async def run(self, file: Path, account: str, limit_seconds: float) -> FileResult:
        """Run one file against the account at that URL, for *limit_seconds* at most."""
        report = self._folder / f"{file.stem}.xml"
        report.unlink(missing_ok=True)
        options = ["-c", str(self._folder / "pytest.ini"), "--rootdir", ".", f"--junitxml={report}"]
        command = [str(self.python), "-m", "pytest", *options, "-p", "on_emulator", file.name]
        log = self._folder / f"{file.stem}.log"
        with log.open("wb") as output:
            process = await asyncio.create_subprocess_exec(
                *command, cwd=self.tests, env=self._environment(account),
                stdout=output, stderr=subprocess.STDOUT,
            )  # fmt: skip
            try:
                async with asyncio.timeout(limit_seconds):
                    await process.wait()
            except TimeoutError:
                process.kill()
                await process.wait()
        return FileResult.read(file.name, report, log)

    def _environment(self, account: str) -> dict[str, str]:
        return os.environ | {
            "ACCOUNT_HOST": account,
            "ACCOUNT_KEY": EMULATOR_KEY,
            "PYTHONPATH": os.pathsep.join([str(self._folder), str(self.tests)]),
        }


def _pinned_version() -> str:
    for line in (ROOT / "constraints.txt").read_text(encoding="utf-8").splitlines():
        name, _, version = line.partition("==")
        if name == "azure-cosmos":
            return version
    raise SdkTestsError("constraints.txt does not pin azure-cosmos.")


def _pip(python: str, *arguments: str) -> None:
    command = [python, "-m", "pip", "--disable-pip-version-check", *arguments]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        raise SdkTestsError(f"{' '.join(command)} failed:\n{done.stderr}")


def _emulator(port: int, *options: str) -> Service:
    return Service(
        name="cosmos",
        command=(sys.executable, "-m", "emulators.cosmos", "--port", str(port), *options),
        folder=ROOT,
        ports={"cosmos": port},
        probes=(),  # they know no certificates
    )


def _port() -> int:
    """The usual one, when nothing is there: some of the tests look nowhere else."""
    usual = Ports().cosmos
    with contextlib.suppress(OSError), socket.create_connection((LOOPBACK, usual), timeout=1):
        return Ports.free().cosmos
    return usual


async def _settle(account: str, distances_ms: Mapping[str, int]) -> None:
    """Wait until *account* answers, and let operations take that long from then on.

    Raises:
        SdkTestsError: it does not answer.
    """
    async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(ssl=False)) as session:
        for _ in range(START_SECONDS * 10):
            if await _answers(session, f"{account}_emulator/health"):
                break
            await asyncio.sleep(0.1)
        else:
            raise SdkTestsError("The emulator does not answer.")
        for operation, latency in distances_ms.items():
            fault = {"operation": operation, "latencyMs": latency}
            await session.post(f"{account}_emulator/faults", json=fault)


async def _answers(session: aiohttp.ClientSession, url: str) -> bool:
    try:
        async with session.get(url) as answer:
            return answer.ok
    except aiohttp.ClientConnectionError:
        return False


async def run_files(suite: Suite, files: list[Path], limit_seconds: float) -> list[FileResult]:
    """Run *files* one after the other, each against a new, empty account."""
    results = []
    for file in files:
        console.print(f"{file.name} ...", end=" ")
        port, distant = _port(), file.name in DISTANT
        account = f"{'http' if distant else 'https'}://localhost:{port}/"
        async with Supervisor(FOLDER / "logs", console.print) as supervisor:
            await supervisor.start(_emulator(port) if distant else _emulator(port, "--https"))
            await _settle(account, DISTANCES_MS if distant else {})
            result = await suite.run(file, account, limit_seconds)
        console.print(result.summary, markup=False)
        results.append(result)
    return results


def _complaints(results: list[FileResult]) -> Iterator[str]:
    expected = expectations()
    for result in results:
        if result.name in expected:
            yield from result.worse_than(expected[result.name])


def main(
    patterns: Annotated[
        list[str] | None,
        typer.Argument(help="The SDK's test files; default: those on items, queries and feeds."),
    ] = None,
    limit: Annotated[float, typer.Option(min=1, help="Seconds that one file may take.")] = 600,
) -> None:
    """Run the SDK's own tests; exit 1 when a file does worse than sdk_expected.json allows."""
    try:
        suite = Suite(FOLDER)
        suite.prepare()
        results = asyncio.run(run_files(suite, suite.files(patterns or PATTERNS), limit))
    except DevstackError as error:
        console.print(str(error), style="red", markup=False)
        raise typer.Exit(1) from None
    console.print(table(results))
    complaints = list(_complaints(results))
    for complaint in complaints:
        console.print(complaint, style="red", markup=False)
    raise typer.Exit(1 if complaints else 0)


if __name__ == "__main__":
    typer.run(main)
