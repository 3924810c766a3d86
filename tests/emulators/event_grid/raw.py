"""Requests that the SDK would not send, and events as they are on the wire."""

import json

from emulators.event_grid.config import DEFAULT_KEY

PATH = "/orders/api/events?api-version=2018-01-01"
CLOUD_EVENT = {"specversion": "1.0", "id": "1", "source": "/shop", "type": "Order.Submitted"}
GRID_EVENT = {
    "id": "1",
    "subject": "s",
    "eventType": "t",
    "dataVersion": "1",
    "data": {},
    "eventTime": "2026-01-01T00:00:00.1234567Z",
}


async def post(grid, document, content_type="application/json", path=PATH, **headers):
    """Publish *document* as it is; the status and the error."""
    body = document if isinstance(document, bytes) else json.dumps(document)
    headers = {"aeg-sas-key": DEFAULT_KEY, "Content-Type": content_type, **headers}
    async with await grid.post(path, body, **headers) as answer:
        text = await answer.text()
        return answer.status, json.loads(text)["error"]["message"] if text else ""
