import subprocess
import sys
from collections import namedtuple
from pathlib import Path
from typing import Any

import pytest

import dev

VersionInfo = namedtuple("VersionInfo", "major minor micro")


@pytest.fixture
def commands(monkeypatch) -> list[list[str]]:
    """The set-up commands that were run; none runs for real, each makes what it promises."""
    ran: list[list[str]] = []

    def run(command: list[str], **_: object) -> subprocess.CompletedProcess[str]:
        ran.append(command)
        if "venv" in command:
            dev.venv_script("python").parent.mkdir(parents=True)
            dev.venv_script("python").touch()
        if "ci" in command:
            (dev.AZURITE / "node_modules").mkdir(exist_ok=True)
        return subprocess.CompletedProcess(command, 0, stdout="v20.11.0\n")

    monkeypatch.setattr(subprocess, "run", run)
    return ran


@pytest.fixture
def project(tmp_path, monkeypatch, commands) -> Path:
    """A project in which nothing is installed yet."""
    monkeypatch.setattr(dev, "ROOT", tmp_path)
    monkeypatch.setattr(dev, "VENV", tmp_path / ".venv")
    monkeypatch.setattr(dev, "AZURITE", tmp_path / "azurite")
    (tmp_path / "azurite").mkdir()
    for name in ("requirements.txt", "requirements-dev.txt", "constraints.txt"):
        (tmp_path / name).write_text(name)
    for name in ("package.json", "package-lock.json"):
        (tmp_path / "azurite" / name).write_text(name)
    return Path(tmp_path)


def installs(commands: list[list[str]]) -> list[str]:
    """What was set up, in order."""
    known = {"venv": "venv", "pip": "pip", "ci": "npm"}
    return [known[word] for command in commands for word in command if word in known]


def test_a_bare_project_is_set_up_completely(project, commands):
    """One command on a bare machine is the promise of the README."""
    dev.set_up(with_azurite=True)

    assert installs(commands) == ["venv", "pip", "npm"]


def test_the_second_start_installs_nothing_and_says_nothing(project, commands, capsys):
    """A command used all day has to start at once."""
    dev.set_up(with_azurite=True)
    commands.clear()
    capsys.readouterr()

    dev.set_up(with_azurite=True)

    assert installs(commands) == []
    assert capsys.readouterr().out == ""


def test_a_changed_requirement_is_installed(project, commands):
    """After a pull, tests must run against what the project now asks for."""
    dev.set_up(with_azurite=True)
    commands.clear()
    (project / "constraints.txt").write_text("aiohttp==4")

    dev.set_up(with_azurite=True)

    assert installs(commands) == ["pip"]


def test_a_failed_installation_is_tried_again(project, commands, monkeypatch):
    """A broken network half-way must not leave a project that claims to be set up."""
    fine: Any = subprocess.run

    def failing(command: list[str], **options: object) -> subprocess.CompletedProcess[str]:
        fine(command, **options)
        return subprocess.CompletedProcess(command, int("pip" in command), stdout="v20.11.0\n")

    monkeypatch.setattr(subprocess, "run", failing)
    with pytest.raises(dev.SetUpError, match="Installing the Python packages failed"):
        dev.set_up(with_azurite=False)
    monkeypatch.setattr(subprocess, "run", fine)
    commands.clear()

    dev.set_up(with_azurite=False)

    assert installs(commands) == ["pip"]


def test_lint_does_without_node(project, commands, monkeypatch):
    """Checking Python needs no storage emulator, so no 365 MB of it either."""
    monkeypatch.setattr("shutil.which", lambda _: None)

    dev.set_up(with_azurite=False)

    assert installs(commands) == ["venv", "pip"]


def test_missing_node_is_named_with_the_way_out(project, monkeypatch):
    """The message is all a newcomer has."""
    monkeypatch.setattr("shutil.which", lambda _: None)

    with pytest.raises(dev.SetUpError, match=r"node is not on PATH.*Node\.js 20"):
        dev.set_up(with_azurite=True)


def test_another_python_is_refused_before_anything_is_installed(project, commands, monkeypatch):
    """Packages for the wrong Python would fail later, and less clearly."""
    monkeypatch.setattr(sys, "version_info", VersionInfo(3, 13, 0))

    with pytest.raises(dev.SetUpError, match=r"needs Python 3\.11.*started with 3\.13"):
        dev.set_up(with_azurite=True)

    assert commands == []


def test_slow_tests_are_left_out_unless_asked_for(capsys):
    """Whoever waits for tests all day leaves the slow ones to CI, and is told so."""
    assert dev.test_selection(["-k", "stock"]) == ["-m", "not slow", "-k", "stock"]
    assert "--all" in capsys.readouterr().out
    assert dev.test_selection(["--all", "-x"]) == ["-x"]
    assert capsys.readouterr().out == ""


def test_help_works_before_anything_is_set_up(project, commands, capsys):
    """Looking at the commands must not start a download."""
    assert dev.main(["--help"]) == 0

    assert "serve" in capsys.readouterr().out
    assert commands == []


def test_an_unknown_command_is_refused(project, commands, capsys):
    """A typo must not install anything, or pass for success."""
    assert dev.main(["sevre"]) == 2

    assert "no command 'sevre'" in capsys.readouterr().err
    assert commands == []


def test_replaying_histories_does_without_the_storage_account():
    """Only recording starts a stack."""
    assert dev.needs_azurite("histories", ["record", "fulfil_order"])
    assert not dev.needs_azurite("histories", ["check"])


def test_a_bill_does_without_the_storage_account():
    """Only measuring starts a stack."""
    assert dev.needs_azurite("cost", ["--measure"])
    assert not dev.needs_azurite("cost", ["--orders-per-month", "1000"])
