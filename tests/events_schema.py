"""The published schema of the events that the app sends."""

import json
from datetime import datetime
from pathlib import Path
from typing import Any

from jsonschema import Draft202012Validator

from shared.domain.order import EVENT_TYPES, OrderStatus

_SCHEMA = json.loads(Path("docs/events/order-changed.v1.schema.json").read_text())
_VALIDATOR = Draft202012Validator(_SCHEMA, format_checker=Draft202012Validator.FORMAT_CHECKER)
TYPES: list[str] = _SCHEMA["properties"]["type"]["enum"]
STATES: list[str] = _SCHEMA["properties"]["data"]["properties"]["status"]["enum"]


def breaches(event: dict[str, Any]) -> list[str]:
    """What of *event* the schema does not allow."""
    return [f"{event['id']}: {error.message}" for error in _VALIDATOR.iter_errors(event)]


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
    # Those named like a state announce that state; the others say what happened within one. Money
    # that is taken when the parcel leaves changes no state either.
    state = {f"Orders.{name}": status for status, name in EVENT_TYPES.items()}.get(event["type"])
    assert state in (None, OrderStatus.PAID, OrderStatus(data["status"]))
