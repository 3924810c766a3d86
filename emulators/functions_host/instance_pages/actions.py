"""What the forms on an instance's page do."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final, NoReturn

from emulators.functions_host.durable.client import DurableClient
from emulators.functions_host.durable.management_errors import ManagementError

Form = Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Done:
    """Where to go on, and what to say there; without an *instance_id* the list."""

    message: str
    instance_id: str | None


Action = Callable[[DurableClient, str, Form], Done]

# Addresses name a message and do not hold it: nobody can put words in the page's mouth.
MESSAGES: Final = {
    "event": "The event was sent.",
    "terminate": "The instance was told to end.",
    "suspend": "The instance was told to pause.",
    "resume": "The instance was told to go on.",
    "rewind": "The instance was told to try again what failed.",
    "restart": "This is the new instance, with the name and input of the old one.",
    "purge": "The instance was removed.",
    "purged": "The finished instances were removed.",
    "signal": "The operation was sent. It runs as soon as those before it are done.",
    "delete": "The operation “delete” was sent. What it does is up to the entity's function.",
}


def _raise_event(client: DurableClient, instance_id: str, form: Form) -> Done:
    name = form.get("event", "").strip()
    if not name:
        raise ManagementError(400, "An event needs a name.")
    client.raise_event(instance_id, name, read_body(form.get("body", "")))
    return Done("event", instance_id)


def _terminate(client: DurableClient, instance_id: str, form: Form) -> Done:
    client.terminate(instance_id, form.get("reason", ""))
    return Done("terminate", instance_id)


def _suspend(client: DurableClient, instance_id: str, form: Form) -> Done:
    client.suspend(instance_id, form.get("reason", ""))
    return Done("suspend", instance_id)


def _resume(client: DurableClient, instance_id: str, form: Form) -> Done:
    client.resume(instance_id, form.get("reason", ""))
    return Done("resume", instance_id)


def _rewind(client: DurableClient, instance_id: str, form: Form) -> Done:
    client.rewind(instance_id, form.get("reason", ""))
    return Done("rewind", instance_id)


def _restart(client: DurableClient, instance_id: str, _: Form) -> Done:
    return Done("restart", client.restart(instance_id, with_new_id=True))


def _purge(client: DurableClient, instance_id: str, _: Form) -> Done:
    client.purge(instance_id)
    return Done("purge", None)


ACTIONS: Final[Mapping[str, Action]] = {
    "raise-event": _raise_event,
    "terminate": _terminate,
    "suspend": _suspend,
    "resume": _resume,
    "rewind": _rewind,
    "restart": _restart,
    "purge": _purge,
}


def read_body(text: str, what: str = "body") -> str | None:
    """*what* was typed as JSON text, or nothing if it is empty.

    Raises:
        ManagementError: 400, it is not JSON; the message says where.
    """
    if not text.strip():
        return None
    try:
        return json.dumps(json.loads(text, parse_constant=_refuse))
    except json.JSONDecodeError as error:
        where = f"line {error.lineno}, column {error.colno}"
        raise ManagementError(
            400, f"The {what} is not JSON: {error.msg} at {where}. A text needs quotes."
        ) from None
    except RecursionError:
        raise ManagementError(400, f"The {what} is nested too deeply.") from None


def _refuse(constant: str) -> NoReturn:
    raise ManagementError(400, f"This is not JSON: JSON knows no {constant}.")


def explain(error: ManagementError) -> tuple[int, str]:
    """A refusal for people, with the status that fits a page."""
    known: dict[int, Any] = {
        404: "There is no such instance. It may have been purged, or the host forgot it when it "
        "ended because it ran without --state.",
        410: "The instance is over; it takes nothing any more.",
    }
    # The API answers 500 to what merely does not fit the instance's state.
    status = 409 if error.status == 500 else error.status
    return status, error.detail or known.get(error.status, "The request was refused.")
