#!/usr/bin/env python3
"""Sets up what is missing, then runs, serves, tests or checks the project.

Standard library only, so that it works on a machine that has nothing but Python and Node.js.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import signal
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent
VENV = ROOT / ".venv"
INFRA_VENV = ROOT / ".venv-infra"
AZURITE = ROOT / "emulators" / "azurite"

# Azure Functions runs exactly this Python; another one would test something else.
PYTHON = (3, 11)
OLDEST_NODE = 20

HELP = """\
usage: python3 dev.py COMMAND [OPTIONS]

  run        set up, start everything, submit real orders, follow them to their final states, report
  serve      the same stack, kept running; prints its URLs
  emulators  only the backing services, for `func start`
  dead-letters list|replay|discard
             look at events that went astray, in an app that runs, and settle many at once
  histories check|record
             replay recorded histories of sagas through this code, or record them
  test       run the tests; --all adds the slow ones, everything else goes to pytest
  lint       ruff, mypy, import-linter, and whether orchestrators are deterministic
  lint-infra what Bicep would deploy, and checkers over it, the Dockerfile, Kubernetes and workflows
  bench      the benchmarks
  cost       what a month of orders costs in Azure, under each choice

Each command first sets up what is missing: .venv, the Python packages, Azurite.
`python3 dev.py COMMAND --help` lists a command's options.
"""

NEEDS_AZURITE = {"run", "serve", "emulators", "test", "bench"}
NEED_NO_AZURITE = {"lint", "lint-infra", "dead-letters", "histories", "cost"}
LINTERS = (
    ("ruff", "check", "."),
    ("ruff", "format", "--check", "."),
    ("mypy", "."),
    ("lint-imports", "--no-logo"),
    ("python", "-m", "determinism"),
)


class SetUpError(Exception):
    """A prerequisite is missing or could not be installed; the message says what to do."""


def main(arguments: list[str]) -> int:
    """Run one command and return its exit code."""
    command, *rest = arguments or ["--help"]
    if command in ("-h", "--help", "help"):
        print(HELP, end="")
        return 0
    if command not in NEEDS_AZURITE | NEED_NO_AZURITE:
        print(HELP, end="", file=sys.stderr)
        print(f"\ndev.py: there is no command {command!r}.", file=sys.stderr)
        return 2
    try:
        set_up(with_azurite=needs_azurite(command, rest))
    except SetUpError as error:
        print(f"dev.py: {error}", file=sys.stderr)
        return 1
    return run_all(command_lines(command, rest))


def needs_azurite(command: str, arguments: list[str]) -> bool:
    """Whether *command* starts the storage account."""
    starts_a_stack = {"histories": "record", "cost": "--measure"}
    return command in NEEDS_AZURITE or starts_a_stack.get(command) in arguments


def command_lines(command: str, arguments: list[str]) -> list[list[str]]:
    """What *command* stands for, to be run one after the other."""
    python = str(venv_script("python"))
    if command == "lint":
        return [[str(venv_script(tool)), *options] for tool, *options in LINTERS]
    if command == "lint-infra":
        return [[python, "-m", "pytest", "tests/infra", *arguments]]
    if command == "test":
        return [[python, "-m", "pytest", *test_selection(arguments)]]
    if command == "bench":
        return [[python, "-m", "benchmarks", *arguments]]
    if command == "cost":
        return [[python, "-m", "costs", *arguments]]
    return [[python, "-m", "devstack", command, *arguments]]


def test_selection(arguments: list[str]) -> list[str]:
    """The arguments for pytest: without ``--all``, slow tests are left out, and that is said."""
    if "--all" in arguments:
        return [argument for argument in arguments if argument != "--all"]
    print("Leaving out the tests marked slow; `dev.py test --all` runs them too.", flush=True)
    return ["-m", "not slow", *arguments]


def run_all(commands: list[list[str]]) -> int:
    """Run every command, even after a failure, and return the first exit code that is not 0."""
    if len(commands) == 1 and os.name == "posix":
        # Becoming the command passes on its exit code and every signal by itself.
        sys.stdout.flush()
        os.chdir(ROOT)
        os.execv(commands[0][0], commands[0])
    # Ctrl-C reaches the child as well; how to end is for the child to decide.
    signal.signal(signal.SIGINT, lambda *_: None)
    codes = [subprocess.run(command, cwd=ROOT, check=False).returncode for command in commands]
    return next((code for code in codes if code), 0)


def set_up(*, with_azurite: bool) -> None:
    """Install what is missing; says what it does and is silent when there is nothing to do.

    Raises:
        SetUpError: a prerequisite is missing or an installation did not succeed.
    """
    check_python()
    npm = find_npm() if with_azurite else None
    set_up_python_packages()
    if npm:
        set_up_azurite(npm)


def check_python() -> None:
    """Refuse any Python but the one Azure Functions runs."""
    if sys.version_info[:2] != PYTHON:
        wanted, found = ".".join(map(str, PYTHON)), ".".join(map(str, sys.version_info[:2]))
        raise SetUpError(
            f"this needs Python {wanted}, the version the app is deployed on, and was started "
            f"with {found}. Try `python{wanted} dev.py ...`, or get it from https://python.org."
        )


def find_npm() -> str:
    """Where npm is.

    Raises:
        SetUpError: Node.js or npm is not there, or too old.
    """
    hint = f"Azurite needs Node.js {OLDEST_NODE} or later with npm; get it from https://nodejs.org."
    node, npm = shutil.which("node"), shutil.which("npm")
    if not node or not npm:
        raise SetUpError(f"{'npm' if node else 'node'} is not on PATH. {hint}")
    version = subprocess.run([node, "--version"], capture_output=True, text=True, check=False)
    major = version.stdout.strip().lstrip("v").split(".")[0]
    if not major.isdigit() or int(major) < OLDEST_NODE:
        raise SetUpError(f"`node --version` says {version.stdout.strip() or 'nothing'}. {hint}")
    return npm


def set_up_python_packages() -> None:
    """Bring .venv to what the requirement files ask for."""
    requirements = ["requirements.txt", "requirements-dev.txt", "constraints.txt"]
    fingerprint = fingerprint_of([ROOT / name for name in requirements], sys.version)
    stamp = VENV / ".installed"
    python = venv_script("python")
    if stamped(stamp, fingerprint) and python.exists():
        return
    if not python.exists():
        step("Creating .venv", [sys.executable, "-m", "venv", "--clear", str(VENV)])
    install = [str(python), "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    step("Installing the Python packages", [*install, "-r", str(ROOT / "requirements-dev.txt")])
    stamp.write_text(fingerprint, encoding="utf-8")


def set_up_infra_tools() -> None:
    """Bring .venv-infra, where checkers of what is deployed live, to its requirement file."""
    requirements = ROOT / "requirements-infra.txt"
    stamp, python = INFRA_VENV / ".installed", INFRA_VENV / "bin" / "python"
    fingerprint = fingerprint_of([requirements], sys.version)
    if stamped(stamp, fingerprint) and python.exists():
        return
    step("Creating .venv-infra", [sys.executable, "-m", "venv", "--clear", str(INFRA_VENV)])
    install = [str(python), "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    # The list is complete, and holds a newer parser than checkov asks for.
    step("Installing the checkers", [*install, "--no-deps", "-r", str(requirements)])
    stamp.write_text(fingerprint, encoding="utf-8")


def set_up_azurite(npm: str) -> None:
    """Bring emulators/azurite/node_modules to what its lock file says."""
    fingerprint = fingerprint_of([AZURITE / "package.json", AZURITE / "package-lock.json"])
    stamp = AZURITE / "node_modules" / ".installed"
    if stamped(stamp, fingerprint):
        return
    install = [npm, "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"]
    step("Installing Azurite", install, AZURITE)
    stamp.write_text(fingerprint, encoding="utf-8")


def step(what: str, command: list[str], folder: Path = ROOT) -> None:
    """Say *what* is being done and do it, in silence unless it fails.

    Raises:
        SetUpError: the command did not succeed; the message ends with what it said.
    """
    print(f"{what} ...", flush=True)
    done = subprocess.run(
        command,
        cwd=folder,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    if done.returncode:
        raise SetUpError(f"{what} failed. This is what {' '.join(command)} said:\n{done.stdout}")


def fingerprint_of(files: list[Path], *more: str) -> str:
    """A value that changes when the content of any of *files* does."""
    digest = hashlib.sha256()
    for content in [*(file.read_bytes() for file in files), *(text.encode() for text in more)]:
        digest.update(hashlib.sha256(content).digest())
    return digest.hexdigest()


def stamped(stamp: Path, fingerprint: str) -> bool:
    """Whether *stamp* was written when the installation with this *fingerprint* had succeeded."""
    return stamp.exists() and stamp.read_text(encoding="utf-8") == fingerprint


def venv_script(name: str) -> Path:
    """Where .venv keeps the executable *name*."""
    return VENV / "Scripts" / f"{name}.exe" if os.name == "nt" else VENV / "bin" / name


if __name__ == "__main__":
    try:
        sys.exit(main(sys.argv[1:]))
    except KeyboardInterrupt:
        sys.exit(130)
