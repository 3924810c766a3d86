"""Reads the rows of an Online Retail file, compressed or not, however broken."""

import csv
import gzip
from collections.abc import Iterator
from pathlib import Path
from typing import IO

from devstack.errors import DevstackError
from devstack.retail import HEADER

_GZIP_MAGIC = b"\x1f\x8b"


class FileError(DevstackError):
    """The file cannot be used at all; the message says why."""


def read_rows(path: Path) -> Iterator[list[str]]:
    """The fields of each row after the header, whatever their number.

    Empty lines are no rows. A row that even the CSV format cannot make sense of is one field.

    Raises:
        FileError: there is no such file, or it does not start with the header.
    """
    try:
        with _open(path) as text:
            rows = _tolerant(text)
            header = next(rows, [])
            if tuple(name.strip() for name in header) != HEADER:
                raise FileError(f"{path}: the first line must be {','.join(HEADER)}")
            yield from (row for row in rows if row)
    except (OSError, EOFError) as error:
        raise FileError(f"{path}: {error}") from error


def _open(path: Path) -> IO[str]:
    with path.open("rb") as file:
        compressed = file.read(len(_GZIP_MAGIC)) == _GZIP_MAGIC
    # Bytes that are no UTF-8 spoil the row they stand in, not the file.
    if compressed:
        return gzip.open(path, "rt", encoding="utf-8-sig", errors="replace", newline="")
    return path.open(encoding="utf-8-sig", errors="replace", newline="")


def _tolerant(text: IO[str]) -> Iterator[list[str]]:
    reader = csv.reader(text)
    while True:
        try:
            yield next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            yield [str(error)]
