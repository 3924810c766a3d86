"""Runs blob functions for new and changed blobs, which it finds by listing their container.

The real extension also reads the storage logs and hands blobs from its scan to its workers over a
queue; here one host does both, so a blob's tries follow each other in one process.
"""

import asyncio
import json
import logging
from collections.abc import Mapping
from datetime import timedelta
from typing import Any, Final

from azure.core import MatchConditions
from azure.core.exceptions import AzureError, ResourceModifiedError, ResourceNotFoundError
from azure.functions.meta import Datum
from azure.storage.blob import BlobProperties

from emulators.functions_host.bindings.blob_binding import content_datum
from emulators.functions_host.bindings.queue_output import send
from emulators.functions_host.blob_path import parse_blob_path
from emulators.functions_host.blob_receipts import CONTAINER, BlobReceipts
from emulators.functions_host.blob_settings import BlobSettings
from emulators.functions_host.connections import (
    DEFAULT_STORAGE,
    Connections,
    check_storage,
    storage_name,
)
from emulators.functions_host.errors import InvocationError, StartError
from emulators.functions_host.functions import LoadedFunction
from emulators.functions_host.invocation import Invoker
from emulators.functions_host.listener import Listener, wind_up

_log = logging.getLogger("Host.Blobs")

_SAME_VERSION: Final = MatchConditions.IfNotModified
_POISON_QUEUE: Final = "webjobs-blobtrigger-poison"


class BlobTrigger(Listener):
    """One blob function. Each version of a blob succeeds once, or is given up after some tries."""

    def __init__(
        self,
        function: LoadedFunction,
        invoker: Invoker,
        connections: Connections,
        settings: BlobSettings,
        *,
        host: str,
        scan_interval: timedelta,
    ) -> None:
        check_storage(function.name, function.trigger, "blob")
        for service in ("blob", "queue"):
            check_storage(function.name, {**function.trigger, "connection": ""}, service)
        try:
            self._path = parse_blob_path(str(function.trigger["path"]))
        except ValueError as error:
            raise StartError(f"function {function.name}: path: {error}") from error
        self._function = function
        self._invoker = invoker
        self._tries = settings.tries
        self._scan_seconds = scan_interval.total_seconds()
        self._blobs = connections.blobs(storage_name(function.trigger))
        self._poison = connections.queues(DEFAULT_STORAGE).get_queue_client(_POISON_QUEUE)
        receipts = connections.blobs(DEFAULT_STORAGE).get_container_client(CONTAINER)
        self._id = f"Host.Functions.{function.name}"
        self._receipts = BlobReceipts(receipts, host, self._id)
        self._room = asyncio.Semaphore(settings.parallelism)
        # The version of each blob that needs no further look, or has one already.
        self._known: dict[str, str] = {}
        self._running: set[asyncio.Task[None]] = set()

    async def prepare(self) -> None:
        """Make the container of receipts.

        Raises:
            StartError: the host's storage does not answer.
        """
        try:
            await self._receipts.prepare()
        except AzureError as error:
            text = f"function {self._function.name}: the storage cannot be used: {error}"
            raise StartError(text) from error

    async def run(self) -> None:
        """Scan the container again and again."""
        try:
            while True:
                await self._scan()
                await asyncio.sleep(self._scan_seconds)
        finally:
            await wind_up(self._running)

    async def _scan(self) -> None:
        try:
            found = await self._list()
        except ResourceNotFoundError:
            found = {}  # nobody has made the container yet
        except AzureError as error:
            _log.warning("Container %s cannot be read: %s", self._path.container, error)
            return
        self._known = {name: etag for name, etag in self._known.items() if name in found}
        for name, etag in found.items():
            if self._known.get(name) != etag:
                self._known[name] = etag
                self._start(name, etag)

    async def _list(self) -> dict[str, str]:
        """The versions of all blobs that match."""
        container = self._blobs.get_container_client(self._path.container)
        listed = container.list_blobs(name_starts_with=self._path.prefix or None)
        return {
            blob.name: str(blob.etag).strip('"')
            async for blob in listed
            if self._path.match(blob.name) is not None
        }

    def _start(self, name: str, etag: str) -> None:
        task = asyncio.get_running_loop().create_task(self._handle(name, etag))
        self._running.add(task)
        task.add_done_callback(self._running.discard)

    async def _handle(self, name: str, etag: str) -> None:
        """Run the function for this version, unless that was done before."""
        container = self._path.container
        try:
            async with self._room:
                if await self._receipts.has(container, name, etag):
                    return
                if not await self._try(name, etag):
                    await self._report(name, etag)
                await self._receipts.write(container, name, etag)
        except (ResourceModifiedError, ResourceNotFoundError):
            return  # there is a newer version, or none any more
        except AzureError as error:
            _log.warning("Blob %s/%s cannot be handled: %s", container, name, error)
            self._known.pop(name, None)  # the next scan finds it again

    async def _try(self, name: str, etag: str) -> bool:
        for _ in range(self._tries):
            try:
                await self._run_for(name, etag)
            except InvocationError:
                continue  # the invoker has logged it
            return True
        return False

    async def _run_for(self, name: str, etag: str) -> None:
        blob = self._blobs.get_blob_client(self._path.container, name)
        stream = await blob.download_blob(etag=f'"{etag}"', match_condition=_SAME_VERSION)
        datum = content_datum(self._function.trigger, await stream.readall())
        metadata = self._metadata(name, blob.url, stream.properties)
        await self._invoker.invoke(self._function, datum, metadata)

    def _metadata(self, name: str, url: str, properties: BlobProperties) -> Mapping[str, Datum]:
        values = self._path.match(name) or {}
        facts = _facts(properties)
        return {
            **{part: Datum(value, "string") for part, value in values.items()},
            "BlobTrigger": Datum(f"{self._path.container}/{name}", "string"),
            "Uri": Datum(json.dumps(url), "json"),
            "Properties": Datum(json.dumps(facts), "json"),
            "Metadata": Datum(json.dumps(dict(properties.metadata or {})), "json"),
        }

    async def _report(self, name: str, etag: str) -> None:
        _log.error("Blob %s/%s failed %d times; it is named in the queue %s",
                   self._path.container, name, self._tries, _POISON_QUEUE)  # fmt: skip
        message = {
            "Type": "BlobTrigger",
            "FunctionId": self._id,
            "BlobType": "BlockBlob",
            "ContainerName": self._path.container,
            "BlobName": name,
            "ETag": f'"{etag}"',
        }
        await send(self._poison, json.dumps(message).encode(), as_base64=True)

    async def run_now(self, text: str) -> None:
        """Run the function for the blob ``container/name``; there is no receipt of that."""
        _, _, name = text.partition("/")
        try:
            blob = self._blobs.get_blob_client(self._path.container, name)
            properties = await blob.get_blob_properties()
            await self._run_for(name, str(properties.etag).strip('"'))
        except AzureError as error:
            _log.error("Blob %s cannot be read: %s", text, error)


def _facts(properties: BlobProperties) -> dict[str, Any]:
    """What the blob's service says of it, by .NET's names."""
    modified = properties.last_modified
    return {
        "ContentLength": properties.size,
        "ContentType": properties.content_settings.content_type,
        "ETag": properties.etag,
        "LastModified": modified and modified.isoformat(),
    }
