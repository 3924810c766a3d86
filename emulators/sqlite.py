"""How every emulator opens its SQLite database."""

import sqlite3
from pathlib import Path

IN_MEMORY = ":memory:"


def open_database(state: str, filename: str) -> sqlite3.Connection:
    """Open *filename* in the folder *state*, made if missing; ``:memory:`` keeps nothing.

    WAL with synchronous=NORMAL: a committed transaction survives ``kill -9`` of the process at any
    instant. Transactions are explicit (``isolation_level=None``): use :class:`Transaction`.
    """
    if state == IN_MEMORY:
        path = IN_MEMORY
    else:
        folder = Path(state)
        folder.mkdir(parents=True, exist_ok=True)
        path = str(folder / filename)
    connection = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
    connection.row_factory = sqlite3.Row
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("PRAGMA synchronous = NORMAL")
    connection.execute("PRAGMA foreign_keys = ON")
    connection.execute("PRAGMA busy_timeout = 5000")
    return connection


class Transaction:
    """``with Transaction(connection):`` commits on success and rolls back on any exception."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection

    def __enter__(self) -> sqlite3.Connection:
        self._connection.execute("BEGIN IMMEDIATE")
        return self._connection

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        self._connection.execute("COMMIT" if kind is None else "ROLLBACK")
