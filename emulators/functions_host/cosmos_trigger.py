"""Runs Cosmos DB functions for the changes of a container.

Source: ``CosmosDBTriggerListener.cs`` of the Cosmos DB extension 4.x: one run per page of each
part of the feed, and a failing run still moves the lease on.
"""

import asyncio
import json
import logging
import uuid
from contextlib import suppress

from azure.core.exceptions import AzureError
from azure.cosmos import PartitionKey
from azure.cosmos.aio import ContainerProxy
from azure.cosmos.exceptions import CosmosResourceNotFoundError
from azure.functions.meta import Datum

from emulators.functions_host.connections import Connections
from emulators.functions_host.cosmos_feed import ChangeFeed
from emulators.functions_host.cosmos_leases import Lease, LeaseLost, Leases
from emulators.functions_host.cosmos_options import Place, read_options
from emulators.functions_host.errors import InvocationError, StartError
from emulators.functions_host.functions import LoadedFunction
from emulators.functions_host.invocation import Invoker
from emulators.functions_host.listener import Listener

_log = logging.getLogger("Host.CosmosDB")


class CosmosTrigger(Listener):
    """One Cosmos DB function. Takes every free lease, and holds it while it lives."""

    def __init__(
        self, function: LoadedFunction, invoker: Invoker, connections: Connections
    ) -> None:
        self._options = read_options(function)
        self._function = function
        self._invoker = invoker
        self._connections = connections
        monitored = self._container(self._options.monitored)
        self._feed = ChangeFeed(monitored, self._options.start, self._options.most_items)
        self._owner = str(uuid.uuid4())
        self._held: dict[str, asyncio.Task[None]] = {}
        self._ids: list[str] = []

    def _container(self, place: Place) -> ContainerProxy:
        client = self._connections.cosmos(place.connection)
        return client.get_database_client(place.database).get_container_client(place.container)

    async def prepare(self) -> None:
        """Find both containers, and begin leases where there are none.

        Raises:
            StartError: a container is missing, or its account does not answer.
        """
        try:
            self._leases = Leases(await self._lease_container(), await self._name(), self._owner)
            self._ids = await self._leases.create_missing(self._feed)
        except AzureError as error:
            raise StartError(
                f"function {self._function.name}: Cosmos DB cannot be used: {error}"
            ) from error

    async def _name(self) -> str:
        """What the leases of this trigger are called: unique to the container, not to its name."""
        place = self._options.monitored
        try:
            rid = (await self._container(place).read())["_rid"]
        except CosmosResourceNotFoundError as error:
            raise self._missing("monitored", place) from error
        return f"{self._options.prefix}{place.database}_{place.container}_{rid}"

    async def _lease_container(self) -> ContainerProxy:
        place = self._options.leases
        if self._options.creates_leases:
            await self._create_leases(place)
        container = self._container(place)
        try:
            paths = (await container.read())["partitionKey"]["paths"]
        except CosmosResourceNotFoundError as error:
            raise self._missing("lease", place) from error
        if paths != ["/id"]:
            raise StartError(
                f"function {self._function.name}: the lease container {place.container} must have "
                "the partition key /id"
            )
        return container

    async def _create_leases(self, place: Place) -> None:
        client = self._connections.cosmos(place.connection)
        database = await client.create_database_if_not_exists(place.database)
        await database.create_container_if_not_exists(
            place.container,
            PartitionKey("/id"),
            offer_throughput=self._options.leases_throughput,
        )

    def _missing(self, kind: str, place: Place) -> StartError:
        hint = ", or set createLeaseContainerIfNotExists" if kind == "lease" else ""
        return StartError(
            f"function {self._function.name}: the {kind} container {place.container} does not "
            f"exist in the database {place.database}; create it{hint}"
        )

    async def run(self) -> None:
        """Look for free leases again and again, and read the feed behind those we hold."""
        try:
            while True:
                await self._take_free_leases()
                await asyncio.sleep(self._options.acquire_seconds)
        finally:
            await self._stop()

    async def _take_free_leases(self) -> None:
        for id_ in self._ids:
            if id_ in self._held:
                continue
            try:
                await self._take(id_)
            except AzureError as error:
                _log.warning("The lease %s cannot be read: %s", id_, error)

    async def _take(self, id_: str) -> None:
        lease = await self._leases.read(id_)
        if lease is None or not lease.is_free_for(self._owner, self._options.expire_seconds):
            return
        if await self._leases.acquire(lease):
            task = asyncio.get_running_loop().create_task(self._hold(lease))
            self._held[id_] = task
            task.add_done_callback(lambda _: self._held.pop(id_))

    async def _hold(self, lease: Lease) -> None:
        """Work on *lease* until it is lost, or we stop: then another host may have it at once."""
        try:
            async with asyncio.TaskGroup() as group:
                group.create_task(self._renew(lease))
                group.create_task(self._work(lease))
        except* LeaseLost:
            _log.warning("The lease %s was taken over by another host", lease.id)
        except* Exception:
            _log.exception("The change feed of %s cannot be read", self._function.name)
            await self._release(lease)
        except* asyncio.CancelledError:
            await self._release(lease)

    async def _renew(self, lease: Lease) -> None:
        while True:
            await asyncio.sleep(self._options.renew_seconds)
            try:
                await self._leases.update(lease)
            except AzureError as error:
                _log.warning("The lease %s was not renewed: %s", lease.id, error)

    async def _work(self, lease: Lease) -> None:
        continuation = lease.continuation
        while True:
            try:
                page = await self._feed.read(lease.feed_range, continuation)
            except AzureError as error:
                _log.warning("The change feed of %s cannot be read: %s",
                             self._function.name, error)  # fmt: skip
                await asyncio.sleep(self._options.poll_seconds)
                continue
            continuation = page.continuation
            if not page.items:
                await asyncio.sleep(self._options.poll_seconds)
                continue
            # A failing function loses its page, unless a retry policy holds on to it. Cancelled,
            # we do not come to the next line, and the page is delivered again.
            with suppress(InvocationError):
                await self._invoker.invoke(self._function, Datum(json.dumps(page.items), "json"))
            await self._leases.update(lease, ContinuationToken=continuation)

    async def _release(self, lease: Lease) -> None:
        with suppress(LeaseLost, AzureError):
            await self._leases.update(lease, Owner=None)

    async def _stop(self) -> None:
        tasks = list(self._held.values())
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def run_now(self, text: str) -> None:
        await self._invoker.invoke(self._function, Datum(text, "json"))
