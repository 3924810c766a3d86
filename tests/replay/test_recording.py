"""What the record command writes is what is committed; what it must not replace stays."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from devstack.histories import HISTORIES, History, HistoryError, files_in
from devstack.histories_recorder import version_of
from devstack.histories_scenarios import chosen
from devstack.services import ROOT

NAME = "fulfil_order/out-of-stock"
OF_ONE_RUN = {"Timestamp", "FireAt", "OrchestrationInstance"}


def record(folder: Path, *options: str) -> subprocess.CompletedProcess[str]:
    """The command as a developer gives it."""
    which = [NAME, "--folder", str(folder), *options]
    return subprocess.run(
        [sys.executable, "-m", "devstack", "histories", "record", *which],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=100,
        check=False,
    )


def lasting(history: History) -> Any:
    """All of a history but ids and times of one run."""
    rows = [{k: v for k, v in row.items() if k not in OF_ONE_RUN} for row in history.rows]
    return history.version, history.instance_id, history.input, rows


@pytest.mark.slow
def test_a_path_that_is_recorded_again_is_the_committed_one(tmp_path):
    """Else the committed ones would be of some other app."""
    done = record(tmp_path)

    assert done.returncode == 0, done.stderr
    (file,) = files_in(tmp_path)
    committed = HISTORIES / file.relative_to(tmp_path)
    assert lasting(History.read(file)) == lasting(History.read(committed))


def test_a_history_that_is_there_is_not_replaced(tmp_path):
    """It is evidence of what older code wrote; nothing is even started."""
    file = tmp_path / "fulfil_order" / version_of() / "out-of-stock.json"
    file.parent.mkdir(parents=True)
    file.write_text("evidence")

    done = record(tmp_path)

    assert (done.returncode, file.read_text()) == (0, "evidence")
    assert "fulfil_order/out-of-stock: kept as it is; --refresh replaces it." in done.stdout
    assert "Recording" not in done.stdout


def test_a_path_may_be_named_or_a_whole_saga():
    """Most recordings are of the one path that somebody has just added."""
    assert [one.name for one in chosen([NAME])] == [NAME]
    assert {one.saga for one in chosen(["await_event"])} == {"await_event"}
    with pytest.raises(HistoryError, match="no path 'fulfill'"):
        chosen(["fulfill"])


def told(**failure: Any) -> dict[str, Any]:
    """What the host tells of an instance one of whose activities failed."""
    row = {"EventType": 6, "EventId": -1, "TaskScheduledId": 0, **failure}
    return {
        "name": "fulfil_order",
        "instanceId": "1",
        "parentInstanceId": None,
        "version": None,
        "input": None,
        "history": [row],
    }


def test_stack_traces_are_left_out(tmp_path):
    """They name files of one machine, and change with every edit."""
    reason = f'failed:  Unavailable: no\nStack:   File "{ROOT}/activities/stock.py", line 1'
    details = json.dumps({"$type": "System.Exception", "Message": reason})
    history = History.of_instance("path", "", told(Reason=reason, Details=details))
    file = tmp_path / "history.json"

    history.write(file)

    (row,) = History.read(file).rows
    assert row["Reason"] == "failed:  Unavailable: no\nStack: (left out)"
    assert json.loads(row["Details"])["Message"] == row["Reason"]


def test_a_path_of_this_machine_is_not_written(tmp_path):
    """An outcome might hold one all the same, and would be published with it."""
    history = History.of_instance("path", "", told(Reason=f"no such file: {ROOT}/host.json"))

    with pytest.raises(HistoryError, match="names a path of this machine"):
        history.write(tmp_path / "history.json")

    assert not list(tmp_path.iterdir())
