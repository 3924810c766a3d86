"""Gives back the room of what nobody can see any more."""

from typing import Final

from emulators.cosmos.items import Partition
from emulators.cosmos.store import Container, Store

_DEFAULT_RETENTION_MINUTES: Final = 7 * 24 * 60


def purge(store: Store, now: float) -> int:
    """Delete expired items, and versions after the time their container keeps them; the items."""
    purged = 0
    for container in store.containers.values():
        purged += _purge_items(store, container, now)
        _purge_versions(store, container, now)
    return purged


def _purge_items(store: Store, container: Container, now: float) -> int:
    if container.default_ttl is None:
        return 0
    expired = list(store.items.expired(container.number, container.default_ttl, now))
    if expired:
        with store.transaction(container) as lsn:
            for item in expired:
                partition = Partition(store.items, container, item.pk, lsn, now)
                partition.remove(item, expired=True)
    return len(expired)


def _purge_versions(store: Store, container: Container, now: float) -> None:
    versions = store.items.versions
    if versions.horizon(container.number) is None:
        return
    old = versions.last_before(container.number, now - retention_seconds(container))
    if old is not None:
        store.forget_versions(container, old)


def retention_seconds(container: Container) -> int:
    """How long the container keeps versions: seven days, if it does not say otherwise."""
    policy = container.body.get("changeFeedPolicy") or {}
    return 60 * int(policy.get("retentionDuration") or _DEFAULT_RETENTION_MINUTES)
