"""Runs timer functions when they are due (``TimerListener.cs``)."""

import asyncio
import json
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from azure.functions.meta import Datum

from emulators.functions_host.errors import InvocationError, StartError
from emulators.functions_host.functions import LoadedFunction
from emulators.functions_host.invocation import Invoker
from emulators.functions_host.listener import Listener
from emulators.functions_host.ncrontab import Schedule, parse_schedule
from emulators.sqlite import Transaction, open_database

# The wall clock may jump while we sleep, so a long sleep is taken in parts.
_LONGEST_SLEEP_SECONDS = 60.0
_SHORTEST_MONITORED = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class ScheduleStatus:
    """When a timer ran last and is due next, in local time."""

    last: datetime | None
    next: datetime
    updated: datetime

    def to_json(self) -> dict[str, str]:
        """The ScheduleStatus of TimerInfo; a timer that never ran has .NET's first day."""
        last = self.last.astimezone().isoformat() if self.last else "0001-01-01T00:00:00+00:00"
        return {
            "Last": last,
            "Next": self.next.astimezone().isoformat(),
            "LastUpdated": self.updated.astimezone().isoformat(),
        }


class ScheduleMonitor:
    """Keeps the status of every timer across restarts, to notice what was missed."""

    def __init__(self, state: str, hub: str) -> None:
        # Named after the hub, which is what keeps two apps on one state folder apart.
        self._connection = open_database(state, f"schedules-{hub}.sqlite")
        self._connection.execute(
            "CREATE TABLE IF NOT EXISTS schedules"
            " (name TEXT PRIMARY KEY, last TEXT, next TEXT NOT NULL, updated TEXT NOT NULL)"
        )

    def read(self, name: str) -> ScheduleStatus | None:
        """The status of the timer *name*, if it was ever scheduled."""
        row = self._connection.execute(
            "SELECT last, next, updated FROM schedules WHERE name = ?", (name,)
        ).fetchone()
        if row is None:
            return None
        last = row["last"] and datetime.fromisoformat(row["last"])
        return ScheduleStatus(last, *map(datetime.fromisoformat, (row["next"], row["updated"])))

    def write(self, name: str, status: ScheduleStatus) -> None:
        """Remember *status*."""
        last = status.last and status.last.isoformat()
        with Transaction(self._connection) as connection:
            connection.execute(
                "INSERT OR REPLACE INTO schedules VALUES (?, ?, ?, ?)",
                (name, last, status.next.isoformat(), status.updated.isoformat()),
            )

    def close(self) -> None:
        """Give the state up."""
        self._connection.close()


class TimerTrigger(Listener):
    """One timer function. Runs never overlap, and a failing one does not end the schedule."""

    def __init__(
        self, function: LoadedFunction, invoker: Invoker, monitor: ScheduleMonitor
    ) -> None:
        self._function = function
        self._invoker = invoker
        self._monitor = monitor
        self._schedule = _read_schedule(function)
        self._monitored = function.trigger.get("useMonitor", True) and not _is_frequent(
            self._schedule
        )

    async def run(self) -> None:
        """Run the function at its times until cancelled."""
        status = self._monitor.read(self._function.name) if self._monitored else None
        if status is not None and status.next < _local_now():
            await self.fire(past_due=True)
        elif self._function.trigger.get("runOnStartup", False):
            await self.fire()
        while True:
            due = self._schedule.next_after(_local_now())
            self._remember(due)
            await _sleep_until(due)
            await self.fire()

    async def run_now(self, text: str) -> None:
        """Run the function once, now; there is nothing a text could tell it."""
        _ = text
        await self.fire()

    async def fire(self, *, past_due: bool = False) -> None:
        """Run the function once, now."""
        status = self._monitor.read(self._function.name) if self._monitored else None
        info: dict[str, Any] = {
            "Schedule": {"AdjustForDST": True},
            "ScheduleStatus": status and status.to_json(),
            "IsPastDue": past_due,
        }
        # The invoker has logged it; the schedule goes on.
        with suppress(InvocationError):
            await self._invoker.invoke(self._function, Datum(json.dumps(info), "json"))
        if self._monitored:
            now = _local_now()
            due = self._schedule.next_after(now)
            self._monitor.write(self._function.name, ScheduleStatus(now, due, now))

    def _remember(self, due: datetime) -> None:
        if not self._monitored:
            return
        known = self._monitor.read(self._function.name)
        status = ScheduleStatus(known.last if known else None, due, _local_now())
        self._monitor.write(self._function.name, status)


def _read_schedule(function: LoadedFunction) -> Schedule:
    text = str(function.trigger["schedule"])
    try:
        return parse_schedule(text)
    except ValueError as error:
        raise StartError(f"function {function.name}: schedule: {error}") from error


def _is_frequent(schedule: Schedule) -> bool:
    first = schedule.next_after(_local_now())
    return schedule.next_after(first) - first < _SHORTEST_MONITORED


def _local_now() -> datetime:
    return datetime.now()  # noqa: DTZ005  # schedules are in local time, as on the real host


async def _sleep_until(due: datetime) -> None:
    while (wait := _seconds_until(due)) > 0:  # noqa: ASYNC110  # there is only the clock to await
        await asyncio.sleep(min(wait, _LONGEST_SLEEP_SECONDS))


def _seconds_until(due: datetime) -> float:
    # As aware times: the offset may change in between.
    return (due.astimezone() - datetime.now().astimezone()).total_seconds()
