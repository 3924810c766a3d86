"""Resource ids: base64 of 4 bytes (database), 8 (container) or 16 (item), the owner's first."""

import base64
import binascii
from typing import Final

# An item's key holds its container and its place among all that container's writes, so that the
# SQLite rowid alone keeps a container's items together and in the order they were created.
_CREATION_BITS: Final = 43
_WRITES_PER_LSN: Final = 128  # more than a batch may hold


def _encode(raw: bytes) -> str:
    return base64.b64encode(raw).decode("ascii").replace("/", "-")


def database_rid(number: int) -> str:
    """The ``_rid`` of a database."""
    return _encode(number.to_bytes(4, "big"))


def container_rid(database: int, number: int) -> str:
    """The ``_rid`` of a container."""
    # The high bit tells a container from a user of the database.
    return _encode(database.to_bytes(4, "big") + (number | 1 << 31).to_bytes(4, "big"))


def item_rid(database: int, container: int, key: int) -> str:
    """The ``_rid`` of an item."""
    owner = database.to_bytes(4, "big") + (container | 1 << 31).to_bytes(4, "big")
    return _encode(owner + key.to_bytes(8, "big"))


def item_key(container: int, lsn: int, position: int) -> int:
    """The key of the item made by write *position* of the transaction *lsn*."""
    return (container << _CREATION_BITS) + lsn * _WRITES_PER_LSN + position


def item_keys(container: int) -> range:
    """All keys a container's items can have."""
    return range(container << _CREATION_BITS, (container + 1) << _CREATION_BITS)


def key_of_item(rid: str) -> int | None:
    """The key in an item's rid; None when it is not one."""
    try:
        raw = base64.b64decode(rid.replace("-", "/"), validate=True)
    except (binascii.Error, ValueError):
        return None
    return int.from_bytes(raw[8:], "big") & (2**63 - 1) if len(raw) == 16 else None
