"""A queue message that stays invisible to others while a function works on it."""

import asyncio
import logging
from datetime import timedelta

from azure.core.exceptions import AzureError
from azure.storage.queue import QueueMessage
from azure.storage.queue.aio import QueueClient

_log = logging.getLogger("Host.Queues")


class HeldMessage:
    """Renews its lease inside its ``with``; afterwards it is deleted or released."""

    def __init__(self, queue: QueueClient, message: QueueMessage, lease: timedelta) -> None:
        self.message = message
        self._queue = queue
        self._lease = lease
        # Each renewal makes a new receipt, and only the newest one counts.
        self.receipt = message.pop_receipt
        self._over = asyncio.Event()

    async def __aenter__(self) -> "HeldMessage":
        self._renewing = asyncio.get_running_loop().create_task(self._renew_until_over())
        return self

    async def __aexit__(self, *_: object) -> None:
        self._over.set()
        await self._renewing

    async def _renew_until_over(self) -> None:
        while True:
            try:
                async with asyncio.timeout(self._lease.total_seconds() / 2):
                    await self._over.wait()
                    return
            except TimeoutError:
                await self._renew()

    async def _renew(self) -> None:
        try:
            await self.release(self._lease)
        except AzureError as error:
            _log.warning("The lease of message %s was not renewed: %s", self.message.id, error)

    async def release(self, invisible: timedelta) -> None:
        """Show it again after *invisible*."""
        updated = await self._queue.update_message(
            self.message.id, self.receipt, visibility_timeout=int(invisible.total_seconds())
        )
        self.receipt = updated.pop_receipt

    async def delete(self) -> None:
        """It is done."""
        await self._queue.delete_message(self.message.id, self.receipt)
