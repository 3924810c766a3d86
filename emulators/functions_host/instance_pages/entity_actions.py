"""What the forms on an entity's page do; each gives the name of what to say then."""

import json
from collections.abc import Callable, Mapping
from typing import Final

from emulators.functions_host.durable.entity_client import EntityClient
from emulators.functions_host.durable.entity_messages import EntityId
from emulators.functions_host.durable.management_errors import ManagementError
from emulators.functions_host.instance_pages.actions import Form, read_body

EntityAction = Callable[[EntityClient, EntityId, Form], str]


def _signal(client: EntityClient, entity: EntityId, form: Form) -> str:
    operation = form.get("operation", "").strip()
    if not operation:
        raise ManagementError(400, "An operation needs a name.")
    client.signal(entity, operation, readable_input(form.get("input", "")))
    return "signal"


def _delete(client: EntityClient, entity: EntityId, _: Form) -> str:
    client.signal(entity, "delete", readable_input(""))
    return "delete"


ENTITY_ACTIONS: Final[Mapping[str, EntityAction]] = {"signal": _signal, "delete": _delete}


def readable_input(text: str) -> str:
    """JSON *text* as the input from which ``get_input`` makes its value; ``None`` if it is empty.

    The SDK decodes inputs twice, so this encodes once more, as the SDK's own client does.

    Raises:
        ManagementError: 400, it is not JSON; the message says where.
    """
    return json.dumps(read_body(text, "input") or "null")
