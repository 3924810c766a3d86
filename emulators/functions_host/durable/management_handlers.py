"""The management API's requests, from parsed parameters to JSON bodies."""

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from multidict import MultiMapping

from emulators.functions_host.durable.client import DurableClient, ManagementError
from emulators.functions_host.durable.queries import InstanceFilter
from emulators.functions_host.durable.records import Instance, Status
from emulators.functions_host.durable.status import history_payload, instance_payload

Query = MultiMapping[str]

_DEFAULT_TOP = 100
_BAD_ARGUMENT = "One or more of the arguments submitted is incorrect"


def read_json(body: bytes) -> str | None:
    """*body* as JSON text, or nothing if it is empty.

    Raises:
        ManagementError: 400, it is not JSON.
    """
    if not body.strip():
        return None
    try:
        return json.dumps(json.loads(body))
    except ValueError as error:
        raise ManagementError(400, "Invalid JSON content") from error


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
        raise ManagementError(400, _BAD_ARGUMENT) from error


def status_payload(client: DurableClient, instance: Instance, query: Query) -> dict[str, Any]:
    """The body of ``GET instances/{id}``."""
    show_input = flag(query, "showInput", default=True)
    history = None
    if flag(query, "showHistory"):
        history = history_payload(
            client.history(instance.instance_id),
            show_output=flag(query, "showHistoryOutput"),
            show_input=show_input,
        )
    return instance_payload(instance, show_input=show_input, history=history)


def read_filter(query: Query) -> InstanceFilter:
    """The filter of a list or purge request.

    Raises:
        ManagementError: 400, a date or a status cannot be read.
    """
    names = [name for value in query.getall("runtimeStatus", []) for name in value.split(",")]
    known = {status.lower(): status for status in Status}
    try:
        statuses = frozenset(known[name.strip().lower()] for name in names if name.strip())
        return InstanceFilter(
            _read_date(query.get("createdTimeFrom")),
            _read_date(query.get("createdTimeTo")),
            statuses,
            query.get("instanceIdPrefix", ""),
        )
    except (KeyError, ValueError) as error:
        raise ManagementError(400, _BAD_ARGUMENT) from error


def list_page(
    client: DurableClient, query: Query, continuation: str | None
) -> tuple[list[dict[str, Any]], str | None]:
    """One page of ``GET instances`` and the token of the next, if there is one."""
    top = query.get("top", "")
    size = int(top) if top.isdigit() and int(top) > 0 else _DEFAULT_TOP
    after = continuation if continuation not in (None, "null") else ""
    found = client.list(read_filter(query), after=after or "", top=size + 1)
    show_input = flag(query, "showInput", default=True)
    page = [instance_payload(instance, show_input=show_input) for instance in found[:size]]
    return page, found[size - 1].instance_id if len(found) > size else None


def purge_matching(client: DurableClient, query: Query) -> dict[str, Any]:
    """``DELETE instances``: only what has ended, and only with a start date.

    Raises:
        ManagementError: 400 without createdTimeFrom, 404 when nothing fits.
    """
    if "createdTimeFrom" not in query:
        raise ManagementError(400, "Please provide value for 'createdTimeFrom' parameter.")
    return {"instancesDeleted": client.purge_matching(read_filter(query))}


def _read_date(text: str | None) -> datetime | None:
    if not text:
        return None
    # The SDK prints datetime.min with a year of one digit on Linux.
    year, dash, rest = text.partition("-")
    moment = datetime.fromisoformat(f"{year.zfill(4)}{dash}{rest}")
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def error_body(error: ManagementError) -> Mapping[str, Any] | None:
    """What the API says about a refusal; ExceptionMessage is what the SDK reads of a 400."""
    if error.message is None:
        return None
    return {"Message": error.message, "ExceptionMessage": error.message}
