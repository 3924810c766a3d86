"""Timer functions: when they are due, and what they are told."""

import sqlite3
from datetime import datetime
from pathlib import Path

import aiohttp
import pytest

from emulators.functions_host.ncrontab import parse_schedule
from tests.emulators.functions_host.harness import Client, start_host

APP = """
import json
import os
from pathlib import Path

import azure.functions as func

app = func.FunctionApp()


def record(timer: func.TimerRequest) -> None:
    with Path(os.environ["RECORD_FILE"]).open("a") as file:
        file.write("past due\\n" if timer.past_due else "in time\\n")


@app.timer_trigger(arg_name="timer", schedule="%SCHEDULE%")
def tick(timer: func.TimerRequest) -> None:
    record(timer)
"""


@pytest.fixture
def app(tmp_path: Path) -> Path:
    """An app with one timer, whose schedule a test chooses."""
    folder = tmp_path / "app"
    folder.mkdir()
    (folder / "host.json").write_text('{"version": "2.0"}')
    (folder / "function_app.py").write_text(APP)
    return folder


@pytest.mark.parametrize(
    ("schedule", "after", "due"),
    [
        ("0 */5 * * * *", "2026-01-01T10:01:30", "2026-01-01T10:05:00"),
        ("0 */5 * * * *", "2026-01-01T10:05:00", "2026-01-01T10:10:00"),
        ("*/10 * * * * *", "2026-01-01T10:00:59", "2026-01-01T10:01:00"),
        ("30 9 * * *", "2026-01-01T10:00:00", "2026-01-02T09:30:00"),
        ("0 0 9 * * mon-fri", "2026-01-02T10:00:00", "2026-01-05T09:00:00"),
        ("0 0 0 13 * Fri", "2026-01-01T00:00:00", "2026-02-13T00:00:00"),
        ("0 0 0 29 Feb *", "2026-01-01T00:00:00", "2028-02-29T00:00:00"),
        ("0 0 8-18/5 * * *", "2026-01-01T09:00:00", "2026-01-01T13:00:00"),
        ("0 50/5 * * * *", "2026-01-01T09:00:00", "2026-01-01T09:50:00"),
        ("0 0 0 1,15 * *", "2026-01-31T09:00:00", "2026-02-01T00:00:00"),
        ("00:01:30", "2026-01-01T09:00:00", "2026-01-01T09:01:30"),
    ],
)
def test_knows_when_a_schedule_is_due(schedule: str, after: str, due: str):
    """NCRONTAB, in which day and day of week both have to fit."""
    found = parse_schedule(schedule).next_after(datetime.fromisoformat(after))

    assert found == datetime.fromisoformat(due)


@pytest.mark.parametrize(
    "schedule",
    ["", "* * *", "60 * * * * *", "0 0 0 30 Feb *", "*/0 * * * * *", "0 9-8 * * * *", "-00:01:00"],
)
def test_refuses_what_is_no_schedule(schedule: str):
    """A schedule that can never fire is a mistake, found at load."""
    with pytest.raises(ValueError, match=r".+"):
        parse_schedule(schedule)


@pytest.mark.slow
async def test_runs_a_timer_function_at_its_times(
    app: Path, tmp_path: Path, session: aiohttp.ClientSession, monkeypatch: pytest.MonkeyPatch
):
    """Every second is often enough to see it twice."""
    monkeypatch.setenv("SCHEDULE", "* * * * * *")
    host = start_host(app, tmp_path)

    await Client(host, session).wait_for_record("in time", 2)

    host.kill()


@pytest.mark.slow
async def test_makes_up_for_a_run_missed_while_it_was_down(
    app: Path, tmp_path: Path, session: aiohttp.ClientSession, monkeypatch: pytest.MonkeyPatch
):
    """The schedule monitor remembers when the next run was due."""
    state = tmp_path / "state"
    monkeypatch.setenv("SCHEDULE", "00:01:00")
    start_host(app, tmp_path, state=str(state)).kill()
    _move_due_time_into_the_past(state)

    host = start_host(app, tmp_path, state=str(state))

    await Client(host, session).wait_for_record("past due", 1)
    host.kill()


async def test_runs_a_timer_function_on_demand(
    app: Path, tmp_path: Path, session: aiohttp.ClientSession, monkeypatch: pytest.MonkeyPatch
):
    """The admin API of the real host, which tests and operators use."""
    monkeypatch.setenv("SCHEDULE", "0 0 0 1 1 *")
    host = start_host(app, tmp_path)

    response = await Client(host, session).request("POST", "/admin/functions/tick", json={})

    assert response.status == 202
    await Client(host, session).wait_for_record("in time", 1)
    host.kill()


def _move_due_time_into_the_past(state: Path) -> None:
    with sqlite3.connect(state / "schedules-TestHubName.sqlite") as connection:
        connection.execute("UPDATE schedules SET next = '2020-01-01T00:00:00'")
    connection.close()
