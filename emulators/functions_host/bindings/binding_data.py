"""What expressions in bindings can refer to: the data of the trigger, by name."""

import json
from collections.abc import Mapping
from typing import Any

from azure.functions.meta import Datum

from emulators.functions_host.functions import (
    ACTIVITY,
    EVENT_GRID_TRIGGER,
    HTTP,
    QUEUE_TRIGGER,
    LoadedFunction,
)


def binding_data(
    function: LoadedFunction, trigger: Datum, metadata: Mapping[str, Datum]
) -> dict[str, Any]:
    """The values *trigger* and its *metadata* offer to the bindings of *function*."""
    data = {name: datum.python_value for name, datum in metadata.items()}
    if function.trigger_type == HTTP:
        return data | _of_request(trigger.value)
    if function.trigger_type == QUEUE_TRIGGER:
        return _object(trigger.value) | data | {"queueTrigger": _text(trigger.value)}
    if function.trigger_type == EVENT_GRID_TRIGGER:
        return data | {"data": _object(trigger.value).get("data")}
    if function.trigger_type == ACTIVITY:
        return _object(trigger.value) | data
    return data


def _of_request(request: Mapping[str, Any]) -> dict[str, Any]:
    """Fields of a JSON body, query parameters and route parameters; of one name the last wins."""
    headers, query, params = (
        {name: datum.value for name, datum in request[part].items()}
        for part in ("headers", "query", "params")
    )
    return _object(request["body"].value) | query | {"Headers": headers, "Query": query} | params


def _object(text: Any) -> dict[str, Any]:
    try:
        value = json.loads(text)
    except ValueError:
        return {}
    return value if isinstance(value, dict) else {}


def _text(value: Any) -> str:
    return value.decode(errors="replace") if isinstance(value, bytes) else str(value)
