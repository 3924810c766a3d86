"""Reads query parameters and bodies of the management API."""

import base64
import json
from datetime import UTC, datetime

from multidict import MultiMapping

from emulators.functions_host.durable.management_errors import BadArgument, ManagementError

Query = MultiMapping[str]

_DEFAULT_TOP = 100


def read_optional_json(body: bytes) -> str | None:
    """*body* as JSON text, or nothing if it is empty.

    Raises:
        ManagementError: 400, it is not JSON.
    """
    return read_json(body) if body.strip() else None


def read_json(body: bytes) -> str:
    """*body* as JSON text.

    Raises:
        ManagementError: 400, it is not JSON.
    """
    try:
        return json.dumps(json.loads(body))
    except ValueError as error:
        raise ManagementError(400, "Invalid JSON content", str(error)) from error


def flag(query: Query, name: str, *, default: bool = False) -> bool:
    """A boolean parameter; the SDK sends ``True``."""
    value = query.get(name)
    return default if value is None else value.lower() == "true"


def read_timeout(query: Query) -> float:
    """How many seconds a start request waits for the end.

    Raises:
        ManagementError: 400, it is not a number.
    """
    try:
        return float(query["timeout"])
    except ValueError as error:
        raise BadArgument(str(error)) from error


def page_size(query: Query) -> int:
    """How many results a page has at most."""
    top = query.get("top", "")
    return int(top) if top.isdigit() and int(top) > 0 else _DEFAULT_TOP


def read_date(query: Query, name: str) -> datetime | None:
    """A point in time, UTC unless it says otherwise.

    Raises:
        ManagementError: 400, it is none.
    """
    text = query.get(name)
    if not text:
        return None
    # The SDK prints datetime.min with a year of one digit on Linux.
    year, dash, rest = text.partition("-")
    try:
        moment = datetime.fromisoformat(f"{year.zfill(4)}{dash}{rest}")
    except ValueError as error:
        raise BadArgument(str(error)) from error
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def continuation_token(last_id: str) -> str:
    """The token of the page after the one that ends with *last_id*; any id fits in a header."""
    return base64.urlsafe_b64encode(last_id.encode()).decode("ascii")


def read_continuation(token: str | None) -> str:
    """Undo :func:`continuation_token`; nothing is the start.

    Raises:
        ManagementError: 400, the token is not of this host.
    """
    if token in (None, "null"):
        return ""
    try:
        return base64.urlsafe_b64decode(token or "").decode()
    except ValueError as error:
        raise BadArgument(str(error)) from error
