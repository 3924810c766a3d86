"""The queue output binding: messages into Azure Storage queues."""

import base64
import json
from collections.abc import Iterator
from contextlib import suppress
from typing import Any

from azure.core.exceptions import ResourceExistsError, ResourceNotFoundError
from azure.functions.meta import Datum
from azure.storage.queue.aio import QueueClient

from emulators.functions_host.bindings.adapter import Adapter, Resolve
from emulators.functions_host.connections import Connections, check_storage, storage_name
from emulators.functions_host.functions import Binding


class QueueOutput(Adapter):
    """Sends one message, or each one of a list, and makes the queue if it is not there."""

    def __init__(self, connections: Connections, *, base64_messages: bool) -> None:
        self._connections = connections
        self._base64_messages = base64_messages

    def check(self, function: str, binding: Binding) -> None:
        check_storage(function, binding, "queue")

    async def write(self, binding: Binding, datum: Datum, resolve: Resolve) -> None:
        name = resolve(str(binding["queueName"])).lower()
        queue = self._connections.queues(storage_name(binding)).get_queue_client(name)
        for message in _messages(datum):
            await send(queue, message, as_base64=self._base64_messages)


async def send(queue: QueueClient, body: bytes, *, as_base64: bool) -> None:
    """Send *body*; a queue that does not exist is made."""
    text = base64.b64encode(body).decode() if as_base64 else body.decode()
    try:
        await queue.send_message(text)
    except ResourceNotFoundError:
        with suppress(ResourceExistsError):  # another message was faster
            await queue.create_queue()
        await queue.send_message(text)


def _messages(datum: Datum) -> Iterator[bytes]:
    if datum.type == "json":
        values = json.loads(datum.value)
        yield from map(_body, values if isinstance(values, list) else [values])
    else:
        yield _body(datum.value)


def _body(value: Any) -> bytes:
    if isinstance(value, bytes):
        return value
    if isinstance(value, str):
        return value.encode()
    # A QueueMessage as the SDK encodes it; the real host sends its body alone.
    return str(value["body"]).encode()
