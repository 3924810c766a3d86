"""``/_emulator/clock``: how far the task hub's clock is ahead, and putting it forward."""

from collections.abc import Callable

from aiohttp import web

from emulators.functions_host.durable.clock import utc_now
from emulators.functions_host.durable.events import wire_time
from emulators.functions_host.durable.store import TaskHubStore

# A clock that is centuries ahead is a mistake of units.
_MOST_SECONDS = 10 * 365 * 86_400


class ClockRoute:
    """Timers that fall due when the clock is put forward fire before the answer."""

    def __init__(self, store: TaskHubStore, fire_due: Callable[[], None]) -> None:
        self._store = store
        self._fire_due = fire_due

    def add_to(self, app: web.Application) -> None:
        """Mount it."""
        app.router.add_get("/_emulator/clock", self._show)
        app.router.add_post("/_emulator/clock", self._advance)

    async def _show(self, _: web.Request) -> web.Response:
        ahead = utc_now.ahead.total_seconds()
        return web.json_response({"now": wire_time(utc_now()), "aheadSeconds": ahead})

    async def _advance(self, request: web.Request) -> web.Response:
        try:
            seconds = float((await request.json())["advanceSeconds"])
        except (ValueError, TypeError, LookupError):
            return _refused('the body has to be {"advanceSeconds": NUMBER}')
        if not 0 <= seconds <= _MOST_SECONDS:
            return _refused(f"advanceSeconds has to be from 0 to {_MOST_SECONDS}")
        self._store.put_forward(seconds)
        self._fire_due()
        return await self._show(request)


def _refused(why: str) -> web.Response:
    return web.json_response({"error": why}, status=400)
