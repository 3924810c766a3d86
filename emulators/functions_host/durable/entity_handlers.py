"""The management API's requests about entities, from parameters to JSON bodies."""

import json
from typing import Any

from emulators.functions_host.durable.entity_client import EntityClient
from emulators.functions_host.durable.entity_messages import EntityId
from emulators.functions_host.durable.entity_store import Entity
from emulators.functions_host.durable.parameters import (
    Query,
    continuation_token,
    flag,
    page_size,
    read_continuation,
    read_date,
    read_json,
)
from emulators.functions_host.durable.queries import EntityFilter

# How a URL writes the empty key.
_EMPTY_KEY = "$"


def entity_id(name: str, key: str) -> EntityId:
    """The entity that a path names."""
    return EntityId.of(name, "" if key == _EMPTY_KEY else key)


def read_operation_input(body: bytes, media_type: str) -> str | None:
    """A request's body as the JSON text of an operation's input; nothing if it is empty.

    The SDK decodes it twice, so ``5`` as JSON is an input no Python entity can read, while its own
    client sends ``"5"``.

    Raises:
        ManagementError: 400, it is declared to be JSON and is none.
    """
    if not body:
        return None
    if media_type.lower() == "application/json":
        return read_json(body)
    return json.dumps(body.decode(errors="replace"))


def list_page(
    client: EntityClient, name: str, query: Query, continuation: str | None
) -> tuple[list[dict[str, Any]], str | None]:
    """One page of ``GET entities`` and the token of the next, if there is one."""
    wanted = EntityFilter(
        name, read_date(query, "lastOperationTimeFrom"), read_date(query, "lastOperationTimeTo")
    )
    size = page_size(query)
    found = client.list(wanted, after=read_continuation(continuation), top=size + 1)
    fetch_state = flag(query, "fetchState")
    page = [_payload(entity, fetch_state=fetch_state) for entity in found[:size]]
    return page, continuation_token(str(found[size - 1].id)) if len(found) > size else None


def _payload(entity: Entity, *, fetch_state: bool) -> dict[str, Any]:
    payload: dict[str, Any] = {
        "entityId": {"name": entity.id.name, "key": entity.id.key},
        "lastOperationTime": entity.updated,
    }
    if fetch_state:
        payload["state"] = json.loads(entity.state)
    return payload
