"""Runs queue functions for the messages of an Azure Storage queue.

Sources: ``QueueListener.cs`` and ``QueueProcessor.cs`` of the storage queues extension 5.x.
"""

import asyncio
import base64
import json
import logging
import uuid
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Final

from azure.core.exceptions import AzureError, ResourceNotFoundError
from azure.functions.meta import Datum
from azure.storage.queue import QueueMessage

from emulators.functions_host.bindings.queue_output import send
from emulators.functions_host.connections import Connections, check_storage, storage_name
from emulators.functions_host.errors import InvocationError
from emulators.functions_host.functions import LoadedFunction
from emulators.functions_host.held_message import HeldMessage
from emulators.functions_host.invocation import Invoker
from emulators.functions_host.listener import Listener, wind_up
from emulators.functions_host.queue_settings import QueueSettings

_log = logging.getLogger("Host.Queues")

_POISON_SUFFIX: Final = "-poison"
_SHORTEST_POLL_SECONDS: Final = 0.1
# How long a message stays invisible while it is handled; renewed at half of it. So long it also
# takes until a message whose host was killed is handled again.
_LEASE: Final = timedelta(minutes=10)


class QueueTrigger(Listener):
    """One queue function, running for up to a batch of messages at a time."""

    def __init__(
        self,
        function: LoadedFunction,
        invoker: Invoker,
        connections: Connections,
        settings: QueueSettings,
        lease: timedelta = _LEASE,
    ) -> None:
        check_storage(function.name, function.trigger, "queue")
        self._function = function
        self._invoker = invoker
        self._settings = settings
        self._lease = lease
        name = str(function.trigger["queueName"]).lower()
        service = connections.queues(storage_name(function.trigger))
        self._queue = service.get_queue_client(name)
        # What fails there, too, is tried for ever.
        has_poison = not name.endswith(_POISON_SUFFIX)
        self._poison = service.get_queue_client(name + _POISON_SUFFIX) if has_poison else None
        self._running: set[asyncio.Task[None]] = set()

    async def run(self) -> None:
        """Poll more slowly the longer nothing comes, and at once after a message came."""
        longest = self._settings.max_polling_interval.total_seconds()
        pause = _SHORTEST_POLL_SECONDS
        try:
            while True:
                await self._wait_for_room()
                found = await self._poll()
                pause = _SHORTEST_POLL_SECONDS if found else min(2 * pause, longest)
                await asyncio.sleep(pause)
        finally:
            await wind_up(self._running)

    async def _wait_for_room(self) -> None:
        while len(self._running) > self._settings.new_batch_threshold:
            await asyncio.wait(self._running, return_when=asyncio.FIRST_COMPLETED)

    async def _poll(self) -> bool:
        """Start the function for the next batch; returns whether there was one."""
        try:
            messages = await self._receive()
        except ResourceNotFoundError:
            return False  # nobody has made the queue yet
        except AzureError as error:
            _log.warning("Queue %s cannot be read: %s", self._queue.queue_name, error)
            return False
        for message in messages:
            task = asyncio.get_running_loop().create_task(self._handle(message))
            self._running.add(task)
            task.add_done_callback(self._running.discard)
        return bool(messages)

    async def _receive(self) -> list[QueueMessage]:
        size = self._settings.batch_size
        received = self._queue.receive_messages(
            messages_per_page=size,
            max_messages=size,
            visibility_timeout=int(self._lease.total_seconds()),
        )
        return [message async for message in received]

    async def _handle(self, message: QueueMessage) -> None:
        held = HeldMessage(self._queue, message, self._lease)
        try:
            async with held:
                done = await self._try(message)
            await self._settle(held, done=done)
        except asyncio.CancelledError:
            await held.release(timedelta(0))
            raise
        except AzureError as error:
            _log.warning("Message %s cannot be settled: %s", message.id, error)

    async def _try(self, message: QueueMessage) -> bool:
        """Run the function, unless the message failed too often; returns whether it succeeded."""
        if (message.dequeue_count or 0) > self._settings.max_dequeue_count:
            return False
        try:
            body = self._decode(message.content)
        except ValueError:
            _log.error("Message %s is not in base64 (messageEncoding)", message.id)
            await self._move_to_poison(message)
            return True
        try:
            await self._invoker.invoke(self._function, self._datum(body), _metadata(message))
        except InvocationError:
            return False  # the invoker has logged it
        return True

    async def _settle(self, held: HeldMessage, *, done: bool) -> None:
        if not done and (held.message.dequeue_count or 0) < self._settings.max_dequeue_count:
            await held.release(self._settings.visibility_timeout)
        elif done or await self._move_to_poison(held.message):
            await held.delete()
        else:
            await held.release(self._settings.visibility_timeout)

    async def _move_to_poison(self, message: QueueMessage) -> bool:
        if self._poison is None:
            return False
        _log.error("Message has reached MaxDequeueCount of %d. Moving message to queue '%s'.",
                   self._settings.max_dequeue_count, self._poison.queue_name)  # fmt: skip
        await send(self._poison, str(message.content).encode(), as_base64=False)
        return True

    def _decode(self, content: str) -> bytes:
        if self._settings.base64_messages:
            return base64.b64decode(content, validate=True)
        return content.encode()

    def _datum(self, body: bytes) -> Datum:
        if str(self._function.trigger.get("dataType", "")).upper() == "BINARY":
            return Datum(body, "bytes")
        return Datum(body.decode(errors="replace"), "string")

    async def run_now(self, text: str) -> None:
        now = datetime.now(UTC)
        message = QueueMessage(content=text)
        message.id, message.pop_receipt, message.dequeue_count = str(uuid.uuid4()), "", 1
        message.inserted_on = message.expires_on = message.next_visible_on = now
        await self._invoker.invoke(self._function, self._datum(text.encode()), _metadata(message))


def _metadata(message: QueueMessage) -> Mapping[str, Datum]:
    times = {
        "ExpirationTime": message.expires_on,
        "InsertionTime": message.inserted_on,
        "NextVisibleTime": message.next_visible_on,
    }
    return {
        "Id": Datum(message.id, "string"),
        "DequeueCount": Datum(json.dumps(message.dequeue_count), "json"),
        "PopReceipt": Datum(message.pop_receipt, "string"),
        **{
            name: Datum(json.dumps(time.isoformat()), "json")
            for name, time in times.items()
            if time
        },
    }
