"""What every trigger that the host watches for itself can do."""

import asyncio
from collections.abc import Collection
from typing import Final

# How long a stopping host waits for what runs; what is left will be delivered again.
_GRACE_SECONDS: Final = 3.0


class Listener:
    """Watches for what starts one function."""

    async def prepare(self) -> None:
        """Look for what watching needs, before any function runs.

        Raises:
            StartError: it is not there.
        """

    async def run(self) -> None:
        """Watch, and run the function, until cancelled."""
        raise NotImplementedError

    async def run_now(self, text: str) -> None:
        """Run the function once with *text* as what the trigger would have found.

        Raises:
            InvocationError: it failed.
        """
        raise NotImplementedError


async def wind_up(running: Collection[asyncio.Task[None]]) -> None:
    """Let *running* finish, but not for long."""
    if running:
        _, late = await asyncio.wait(running, timeout=_GRACE_SECONDS)
        for task in late:
            task.cancel()
        await asyncio.gather(*late, return_exceptions=True)
