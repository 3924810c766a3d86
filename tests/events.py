"""Events as other systems send them, in both schemas."""

import json
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

from tests.builders import submission_json

Json = dict[str, Any]

SOURCE = "urn:online-retail"
# When the clocks of the tests begin.
NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)


def cloud_event(event_type: str, data: Any, **changes: Any) -> Json:
    """A CloudEvent of our usual source, with *changes*."""
    return {
        "specversion": "1.0",
        "id": str(uuid4()),
        "source": SOURCE,
        "type": event_type,
        "time": NOW.isoformat(),
        "datacontenttype": "application/json",
        "data": data,
    } | changes


def event_grid_event(event_type: str, data: Any, **changes: Any) -> Json:
    """The same in the Event Grid schema."""
    return {
        "id": str(uuid4()),
        "topic": SOURCE,
        "subject": "",
        "eventType": event_type,
        "eventTime": NOW.isoformat(),
        "dataVersion": "1",
        "metadataVersion": "1",
        "data": data,
    } | changes


def submitted(**changes: Any) -> Json:
    """An order that comes as an event, with *changes* to its envelope."""
    return cloud_event("Orders.OrderSubmitted", **{"data": submission_json()} | changes)


def adjusted(sku: str, delta: int, **changes: Any) -> Json:
    """More or fewer units of a SKU."""
    return cloud_event("Inventory.StockAdjusted", {"sku": sku, "delta": delta}, **changes)


def about_order(event_type: str, order_id: str, **data: Any) -> Json:
    """What a carrier or payment provider says about an order."""
    return cloud_event(event_type, {"orderId": order_id, **data})


def delivery(*events: Any) -> str:
    """The text of a delivery."""
    return json.dumps(events)
