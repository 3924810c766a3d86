"""How the relay fares: for operators and alerts, behind a function key."""

import azure.functions as func

from shared.application.ports import Clock, RelayProgress
from shared.application.relay_progress import lag_seconds
from triggers.http.answering import answering
from triggers.http.responses import answer, relay_worker_json


class RelayApi:
    """``/ops/relay``."""

    def __init__(self, progress: RelayProgress, clock: Clock) -> None:
        self._progress = progress
        self._clock = clock

    @answering
    async def get_relay(self, req: func.HttpRequest) -> func.HttpResponse:  # noqa: ARG002
        """``GET /ops/relay``: how far published events are behind, and what each worker says."""
        workers = await self._progress.workers()
        now = self._clock()
        lags = [round(lag_seconds(worker, now), 3) for worker in workers]
        bodies = [relay_worker_json(*pair) for pair in zip(workers, lags, strict=True)]
        body = {"lagSeconds": max(lags, default=0.0), "workers": bodies}
        return answer(body, headers={"Cache-Control": "no-store"})
