"""Leases on parts of a change feed: who reads which, and how far it is done.

A lease is a document like those of the .NET change feed processor, except for its continuation
token, which is the Python SDK's.
"""

import asyncio
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from azure.core import MatchConditions
from azure.cosmos.aio import ContainerProxy
from azure.cosmos.exceptions import (
    CosmosAccessConditionFailedError,
    CosmosResourceExistsError,
    CosmosResourceNotFoundError,
)

from emulators.functions_host.cosmos_feed import ChangeFeed, FeedRange


class LeaseLost(Exception):
    """Another host has taken the lease over, or somebody deleted it."""


@dataclass(slots=True)
class Lease:
    """One part of the feed. *document* is what the container held when we last wrote it."""

    document: dict[str, Any]
    # Renewing and moving on must not overtake each other.
    writing: asyncio.Lock = field(default_factory=asyncio.Lock)

    @property
    def id(self) -> str:
        id_: str = self.document["id"]
        return id_

    @property
    def feed_range(self) -> FeedRange:
        return {"Range": self.document["FeedRange"]}

    @property
    def continuation(self) -> str | None:
        token: str | None = self.document["ContinuationToken"]
        return token

    def is_free_for(self, owner: str, expire_seconds: float) -> bool:
        """Whether nobody else holds it, or its holder has not renewed it for too long."""
        if self.document["Owner"] in (None, owner):
            return True
        renewed = datetime.fromisoformat(self.document["timestamp"])
        return (datetime.now(UTC) - renewed).total_seconds() > expire_seconds


class Leases:
    """The leases of one trigger, as the host *owner* sees them."""

    def __init__(self, container: ContainerProxy, name: str, owner: str) -> None:
        self._container = container
        self._name = name
        self._owner = owner

    async def create_missing(self, feed: ChangeFeed) -> list[str]:
        """Make sure that there is a lease for every part of *feed*; returns their ids."""
        return [await self._create(feed, one) for one in await feed.ranges()]

    async def _create(self, feed: ChangeFeed, feed_range: FeedRange) -> str:
        part = feed_range["Range"]
        token = f"{part['min']}-{part['max']}"
        id_ = f"{self._name}..{token}"
        if await self.read(id_) is None:
            document = {
                "id": id_,
                "version": 1,
                "LeaseToken": token,
                "FeedRange": part,
                "ContinuationToken": await feed.first_continuation(feed_range),
                "Owner": None,
                "timestamp": _now(),
                "properties": {},
            }
            with suppress(CosmosResourceExistsError):  # another host was faster
                await self._container.create_item(document)
        return id_

    async def read(self, id_: str) -> Lease | None:
        """The lease, if it exists."""
        try:
            return Lease(dict(await self._container.read_item(id_, id_)))
        except CosmosResourceNotFoundError:
            return None

    async def acquire(self, lease: Lease) -> bool:
        """Take a free lease; False if another host was faster."""
        try:
            await self._write(lease, Owner=self._owner)
        except (CosmosAccessConditionFailedError, CosmosResourceNotFoundError):
            return False
        return True

    async def update(self, lease: Lease, **changes: Any) -> None:
        """Renew our lease, with *changes*.

        Raises:
            LeaseLost: it is ours no longer.
        """
        # A stop must not leave us without the etag of a write that is under way.
        await asyncio.shield(self._update(lease, changes))

    async def _update(self, lease: Lease, changes: dict[str, Any]) -> None:
        async with lease.writing:
            try:
                await self._write(lease, **changes)
            except (CosmosAccessConditionFailedError, CosmosResourceNotFoundError):
                raise LeaseLost(lease.id) from None

    async def _write(self, lease: Lease, **changes: Any) -> None:
        document = lease.document | changes | {"timestamp": _now()}
        # Every write of another host changes the etag: whoever took it over is found out here.
        written = await self._container.replace_item(
            lease.id,
            document,
            etag=lease.document["_etag"],
            match_condition=MatchConditions.IfNotModified,
        )
        lease.document = dict(written)


def _now() -> str:
    return datetime.now(UTC).isoformat()
