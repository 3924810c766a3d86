"""Pre-warming: a new worker opens its connections before it is sent its first request."""

import structlog
from azure.functions.warmup import WarmUpContext

from triggers.http.health import HealthApi

_log = structlog.get_logger(__name__)


class WarmUp:
    """Runs when the platform adds a worker (Premium, Flex Consumption)."""

    def __init__(self, health: HealthApi) -> None:
        self._health = health

    async def warm_up(self, warmup: WarmUpContext) -> None:  # noqa: ARG002
        """Touch every backing service. A failure is logged: requests will try again themselves."""
        checks = await self._health.check_all()
        failed = [name for name, check in checks.items() if check["status"] != "ok"]
        _log.info("warmed_up", failed=failed)
