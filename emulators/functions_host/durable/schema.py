"""The database of a task hub: how it is opened, its tables, and how a row is read."""

import sqlite3

from emulators.functions_host.durable.records import Instance, Parent, Status
from emulators.functions_host.errors import StartError
from emulators.sqlite import open_database

# history: one row per episode, its events as the inside of a JSON array.
# inbox: messages of priority 0 (ExecutionStarted) go before those that arrived earlier.
# clock: one row, if the clock was put forward.
# entities: those that exist; a request waits in entity_inbox until its batch is committed.
# instances_by_creation: holds all that pages filter, order and count by, so that none of it reads
# the table, whose rows are as wide as inputs and outputs.
# work_items, timers: rows exist until their completion is in the inbox; a restart redelivers them.
_SCHEMA = """
CREATE TABLE IF NOT EXISTS instances (
    instance_id TEXT PRIMARY KEY, name TEXT NOT NULL, execution_id TEXT NOT NULL,
    status TEXT NOT NULL, input TEXT, output TEXT, custom_status TEXT, version TEXT,
    created TEXT NOT NULL, updated TEXT NOT NULL,
    parent_instance_id TEXT, parent_execution_id TEXT, parent_task_id INTEGER
) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS instances_by_creation
    ON instances (created, instance_id, status, name);
CREATE TABLE IF NOT EXISTS history (
    instance_id TEXT NOT NULL, episode INTEGER NOT NULL, events TEXT NOT NULL,
    PRIMARY KEY (instance_id, episode)
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS inbox (
    instance_id TEXT NOT NULL, priority INTEGER NOT NULL, sequence INTEGER NOT NULL,
    execution_id TEXT, event TEXT NOT NULL, PRIMARY KEY (instance_id, priority, sequence)
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS work_items (
    instance_id TEXT NOT NULL, execution_id TEXT NOT NULL, task_id INTEGER NOT NULL,
    name TEXT NOT NULL, input TEXT NOT NULL, PRIMARY KEY (instance_id, execution_id, task_id)
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS timers (
    instance_id TEXT NOT NULL, execution_id TEXT NOT NULL, timer_id INTEGER NOT NULL,
    fire_at TEXT NOT NULL, PRIMARY KEY (instance_id, execution_id, timer_id)
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS entities (
    entity_id TEXT PRIMARY KEY, name TEXT NOT NULL, state TEXT NOT NULL, updated TEXT NOT NULL
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS entity_inbox (
    sequence INTEGER PRIMARY KEY, entity_id TEXT NOT NULL, request TEXT NOT NULL
);
CREATE TABLE IF NOT EXISTS clock (id INTEGER PRIMARY KEY, ahead_seconds REAL NOT NULL);
CREATE INDEX IF NOT EXISTS entity_inbox_by_entity ON entity_inbox (entity_id, sequence);
"""


def open_task_hub(state: str, hub: str) -> sqlite3.Connection:
    """Open the database of *hub* in the folder *state*, for this process alone.

    Raises:
        StartError: another process has it open.
    """
    try:
        connection = open_database(state, f"taskhub-{hub}.sqlite")
        # Held until the process ends, however it ends: two hosts would run every activity twice.
        connection.execute("PRAGMA locking_mode = EXCLUSIVE")
        # Checkpoints sync to disk; fewer, larger ones leave more time for orchestrations.
        connection.execute("PRAGMA wal_autocheckpoint = 10000")
        connection.execute("BEGIN IMMEDIATE")
        connection.execute("COMMIT")
    except sqlite3.OperationalError as error:
        if "locked" not in str(error):
            raise
        raise StartError(
            f"task hub {hub} in {state} is in use by another host; stop that one, or choose "
            "another --state or extensions.durableTask.hubName"
        ) from error
    connection.executescript(_SCHEMA)
    return connection


def read_instance(row: sqlite3.Row) -> Instance:
    """The record of a row of ``instances``."""
    values = dict(row)
    parent_id = values.pop("parent_instance_id")
    execution_id = values.pop("parent_execution_id")
    task_id = values.pop("parent_task_id")
    parent = None if parent_id is None else Parent(parent_id, execution_id, task_id)
    values["status"] = Status(values["status"])
    return Instance(**values, parent=parent)
