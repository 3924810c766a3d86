"""The management API's requests about instances, from parameters to JSON bodies."""

from collections.abc import Mapping
from typing import Any

from emulators.functions_host.durable.client import DurableClient
from emulators.functions_host.durable.management_errors import BadArgument, ManagementError
from emulators.functions_host.durable.parameters import (
    Query,
    continuation_token,
    flag,
    page_size,
    read_continuation,
    read_date,
)
from emulators.functions_host.durable.queries import InstanceFilter
from emulators.functions_host.durable.records import Instance, Status
from emulators.functions_host.durable.status import history_payload, instance_payload


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
    except KeyError as error:
        raise BadArgument(f"there is no runtimeStatus {error}") from error
    return InstanceFilter(
        read_date(query, "createdTimeFrom"),
        read_date(query, "createdTimeTo"),
        statuses,
        query.get("instanceIdPrefix", ""),
    )


def list_page(
    client: DurableClient, query: Query, continuation: str | None
) -> tuple[list[dict[str, Any]], str | None]:
    """One page of ``GET instances`` and the token of the next, if there is one."""
    size = page_size(query)
    after = read_continuation(continuation)
    found = client.list(read_filter(query), after=after, top=size + 1)
    show_input = flag(query, "showInput", default=True)
    page = [instance_payload(instance, show_input=show_input) for instance in found[:size]]
    more = len(found) > size
    return page, continuation_token(found[size - 1].instance_id) if more else None


def purge_matching(client: DurableClient, query: Query) -> dict[str, Any]:
    """``DELETE instances``: only what has ended, and only with a start date.

    Raises:
        ManagementError: 400 without createdTimeFrom, 404 when nothing fits.
    """
    if "createdTimeFrom" not in query:
        raise ManagementError(400, "Please provide value for 'createdTimeFrom' parameter.")
    return {"instancesDeleted": client.purge_matching(read_filter(query))}


def error_body(error: ManagementError) -> Mapping[str, Any] | None:
    """What the API says about a refusal; ExceptionMessage is what the SDK reads of a 400."""
    if error.message is None:
        return None
    return {"Message": error.message, "ExceptionMessage": error.detail}
