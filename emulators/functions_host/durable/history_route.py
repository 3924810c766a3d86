"""``GET /_emulator/history/{instanceId}``: a history as orchestrators are given it, row by row.

The management API's history is made for people: events merged, ids left out. This is the one that
can be replayed.
"""

from aiohttp import web

from emulators.functions_host.durable import events, rows
from emulators.functions_host.durable.store import TaskHubStore


class HistoryRoute:
    """Reads what the task hub has, whether the instance runs or not."""

    def __init__(self, store: TaskHubStore) -> None:
        self._store = store

    def add_to(self, app: web.Application) -> None:
        """Mount it; an instance id may have slashes."""
        app.router.add_get("/_emulator/history/{instance_id:.+}", self._read)

    async def _read(self, request: web.Request) -> web.StreamResponse:
        instance = self._store.get_instance(request.match_info["instance_id"])
        if instance is None:
            raise web.HTTPNotFound
        episodes = self._store.history(instance.instance_id)
        parent = instance.parent
        return web.json_response(
            {
                "name": instance.name,
                "instanceId": instance.instance_id,
                "parentInstanceId": parent and parent.instance_id,
                "version": instance.version,
                "runtimeStatus": instance.status,
                "input": events.from_json(instance.input or "null")[0],
                "history": [
                    row
                    for episode in episodes
                    for row in events.from_json(rows.without_notes(episode))
                ],
            }
        )
