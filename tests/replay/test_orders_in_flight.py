"""Orders that older code began are finished by today's: every recorded path, at every moment."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from devstack.histories import HISTORIES, History, HistoryError, file_of, files_in
from devstack.histories_scenarios import all_scenarios
from devstack.services import ROOT

FILES = list(files_in(HISTORIES))


def name(file: Path) -> str:
    """The file as the report of the tests calls it."""
    return str(file.relative_to(HISTORIES))


def check(*arguments: str) -> subprocess.CompletedProcess[str]:
    """The command as a developer gives it; the app is loaded in its process, not in ours."""
    return subprocess.run(
        [sys.executable, "-m", "devstack", "histories", "check", *arguments],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


@pytest.fixture(scope="module")
def problems(tmp_path_factory) -> dict[str, str]:
    """What is wrong with each history, by its file."""
    report = tmp_path_factory.mktemp("histories") / "report.json"
    done = check("--json", str(report))
    assert report.exists(), done.stderr
    found: dict[str, str] = json.loads(report.read_text())
    return found


@pytest.mark.parametrize("file", FILES, ids=name)
def test_an_order_in_flight_on_this_path_survives_the_next_deployment(problems, file):
    """It is money and stock that hang in the air between two versions."""
    assert problems[str(file)] == "", f"{file}, {problems[str(file)]}"


@pytest.mark.parametrize("file", FILES, ids=name)
def test_a_history_lies_where_its_content_says(file):
    """What is recorded anew replaces the right one."""
    history = History.read(file)

    assert history.file_in(HISTORIES) == file
    assert history.description


def test_every_scenario_has_been_recorded():
    """A path that nobody recorded is not checked."""
    recorded = {f"{history.saga}/{history.path}" for history in map(History.read, FILES)}

    assert set(all_scenarios()) <= recorded


def test_a_path_that_breaks_is_reported_with_its_file(tmp_path):
    """The command is what CI and people see."""
    history = History.read(FILES[0])
    file = file_of(tmp_path, history.saga, "broken", "0.1")
    text = FILES[0].read_text().replace('"retry_event"', '"attempt_event"')
    file.parent.mkdir(parents=True)
    file.write_text(text)

    done = check("--folder", str(tmp_path))

    assert done.returncode == 1
    assert done.stdout.startswith(f"{file}, step 2 of ")
    assert "recorded: activity attempt_event (id 1)" in done.stdout
    assert done.stdout.endswith("0 of 1 histories replay through this code.\n")


def test_a_saga_that_is_gone_is_reported(tmp_path):
    """Its orders in flight would fail, one by one, as they wake."""
    text = FILES[0].read_text().replace('"saga": "await_event"', '"saga": "await_news"')
    (tmp_path / "gone.json").write_text(text)

    done = check("--folder", str(tmp_path))

    assert done.returncode == 1
    assert "The app has no orchestrator await_news any more" in done.stdout


def test_a_folder_without_histories_is_no_success(tmp_path):
    """A misspelt folder must not look like a pass."""
    done = check("--folder", str(tmp_path))

    assert done.returncode == 1
    assert "There are no histories in" in done.stderr


def test_a_file_that_is_no_history_is_named(tmp_path):
    """Half a merge conflict, for one."""
    file = tmp_path / "half.json"
    file.write_text('{"saga": "fulfil_order"')

    with pytest.raises(HistoryError, match=r"half\.json is no recorded history"):
        History.read(file)
