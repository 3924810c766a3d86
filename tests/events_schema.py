"""The published schema of the events that the app sends."""

import json
from datetime import datetime
from pathlib import Path
from typing import Any

from jsonschema import Draft202012Validator

from shared.domain.order import EVENT_TYPES, OrderStatus
from shared.domain.timeline import BESIDE_STATES

_SCHEMA = json.loads(Path("docs/events/order-changed.v1.schema.json").read_text())
_VALIDATOR = Draft202012Validator(_SCHEMA, format_checker=Draft202012Validator.FORMAT_CHECKER)
TYPES: list[str] = _SCHEMA["properties"]["type"]["enum"]
STATES: list[str] = _SCHEMA["properties"]["data"]["properties"]["status"]["enum"]


def assert_announced_properly(event: dict[str, Any]) -> None:
    """*event* is as the schema says, and says the same thing twice alike."""
    _VALIDATOR.validate(event)
    data = event["data"]
    assert event["subject"] == data["orderId"]
    assert event["id"] == f"{data['orderId']}/{data['number']}"
    at = datetime.fromisoformat(data["at"])
    assert at.tzinfo
    assert at == datetime.fromisoformat(event["time"])
    assert int(event["sequence"]) == data["number"]
    of_the_state = EVENT_TYPES.get(OrderStatus(data["status"]), "OrderAccepted")
    assert event["type"].removeprefix("Orders.") in {of_the_state, *BESIDE_STATES}
