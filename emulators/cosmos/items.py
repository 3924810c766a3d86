"""The rules of item operations, the same for a point request and for one operation of a batch."""

import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from uuid import uuid4

from emulators.cosmos import charges, documents, rids
from emulators.cosmos.documents import Document
from emulators.cosmos.errors import (
    Conflict,
    NotFound,
    PartitionKeyMismatch,
    PreconditionFailed,
)
from emulators.cosmos.item_store import ItemStore, StoredItem
from emulators.cosmos.partition import ABSENT, key_of, value_at
from emulators.cosmos.patch import Patch
from emulators.cosmos.store import Container
from emulators.cosmos.versions import Version


@dataclass(frozen=True, slots=True)
class Conditions:
    """The etags a request insists on."""

    if_match: str | None = None
    if_none_match: str | None = None

    def check(self, found: StoredItem) -> None:
        """Let a request pass that saw the item as it is.

        Raises:
            PreconditionFailed: it saw an older version.
        """
        if self.if_match is not None and self.if_match not in ("*", found.etag):
            raise PreconditionFailed

    def seen(self, found: StoredItem) -> bool:
        """Whether a reader has this version already."""
        return self.if_none_match is not None and self.if_none_match in ("*", found.etag)


@dataclass(frozen=True, slots=True)
class Outcome:
    """What an operation answers; *body* is JSON text, absent where there is nothing to show."""

    status: int
    charge: float
    etag: str | None = None
    body: str | None = None
    lsn: int | None = None


@dataclass(slots=True)
class Partition:
    """Operations on the items of one logical partition, within one transaction of the store.

    Nothing here awaits and there is one event loop, so a check and the write after it are one
    critical section.
    """

    items: ItemStore
    container: Container
    key: str
    lsn: int = 0
    now: float = field(default_factory=time.time)
    writes: int = 0

    def find(self, name: str) -> StoredItem:
        """The item of that id.

        Raises:
            NotFound: there is none, or it has expired.
        """
        found = self._stored(name)
        if found is None or self._expired(found):
            raise NotFound
        return found

    def _stored(self, name: str) -> StoredItem | None:
        return self.items.find(self.container.number, self.key, name)

    def _expired(self, item: StoredItem) -> bool:
        return item.expires_at(self.container.default_ttl) <= self.now

    def read(self, name: str, conditions: Conditions) -> Outcome:
        """The item, or 304 when the reader has it already."""
        found = self.find(name)
        if conditions.seen(found):
            return Outcome(304, charges.NOT_MODIFIED, found.etag, lsn=found.lsn)
        return Outcome(200, charges.read(len(found.body)), found.etag, found.body, lsn=found.lsn)

    def create(self, document: Document) -> Outcome:
        """Add an item.

        Raises:
            Conflict: the id, or a unique key, is taken.
        """
        name = self._check(document)
        self._make_free(name)
        key = rids.item_key(self.container.number, self.lsn, self.writes)
        body, etag = self._save(document, name, key)
        self._record("create", current=body)
        size = len(body)
        return Outcome(
            201, charges.create(size, self.container.index.terms(document)), etag, body, self.lsn
        )

    def _make_free(self, name: str) -> None:
        previous = self._stored(name)
        if previous is None:
            return
        if not self._expired(previous):
            raise Conflict("Entity with the specified id already exists in the system.")
        self.remove(previous, expired=True)

    def upsert(self, document: Document, conditions: Conditions) -> Outcome:
        """Replace the item of that id, or add it; an etag counts only where there is one."""
        name = self._check(document)
        found = self._stored(name)
        if found is None or self._expired(found):
            return self.create(document)
        return self._replace(found, document, conditions)

    def replace(self, name: str, document: Document, conditions: Conditions) -> Outcome:
        """Write a new version of an item that exists; another id in it renames the item.

        Raises:
            Conflict: the new id is taken.
        """
        new_name, found = self._check(document), self.find(name)
        conditions.check(found)
        if new_name != name:
            self._make_free(new_name)
        return self._replace(found, document, conditions)

    def _replace(self, found: StoredItem, document: Document, conditions: Conditions) -> Outcome:
        conditions.check(found)
        modified = self._modified_terms(found.document(), document)
        return self._rewrite(found, document, modified)

    def _rewrite(self, found: StoredItem, document: Document, modified_terms: int) -> Outcome:
        body, etag = self._save(document, document["id"], found.key)
        self._record("replace", current=body, previous=found)
        return Outcome(200, charges.replace(len(body), modified_terms), etag, body, self.lsn)

    def _modified_terms(self, before: Document, after: Document) -> int:
        changed = {
            name: value
            for name, value in after.items()
            if name not in before or before[name] != value
        }
        return self.container.index.terms(changed)

    def patch(self, name: str, patch: Patch, conditions: Conditions) -> Outcome:
        """Apply all of *patch* or nothing.

        Raises:
            PreconditionFailed: another version is stored, or its condition does not hold.
        """
        found = self.find(name)
        conditions.check(found)
        document = found.document()
        if not patch.holds(document):
            raise PreconditionFailed
        patch.apply(document, self.container.key_paths)
        return self._rewrite(found, document, len(patch.operations))

    def delete(self, name: str, conditions: Conditions) -> Outcome:
        """Remove an item."""
        found = self.find(name)
        conditions.check(found)
        self.remove(found)
        self.writes += 1
        terms = self.container.index.terms(found.document())
        return Outcome(204, charges.delete(len(found.body), terms), lsn=self.lsn)

    def delete_all(self) -> Outcome:
        """Remove every item of the partition; fine when there is none."""
        charge = charges.NOT_MODIFIED
        extent = self.container.extent_of(self.key)
        for item in list(self.items.scan(self.container.number, extent)):
            self.remove(item)
            terms = self.container.index.terms(item.document())
            charge += charges.delete(len(item.body), terms)
        return Outcome(200, charge)

    def remove(self, item: StoredItem, *, expired: bool = False) -> None:
        """Delete what is stored; *expired* says why."""
        self.items.delete(item.key)
        self._record("delete", previous=item, expired=expired)

    def _record(
        self,
        operation: str,
        current: str | None = None,
        previous: StoredItem | None = None,
        *,
        expired: bool = False,
    ) -> None:
        container, versions = self.container, self.items.versions
        if versions.horizon(container.number) is None:
            return
        before, before_lsn = (previous.body, previous.lsn) if previous else (None, 0)
        ts = int(self.now)
        version = Version(self.key, self.lsn, ts, operation, current, before, before_lsn, expired)
        versions.add(container.number, container.effective_key(self.key), version)

    def _check(self, document: Document) -> str:
        name = documents.check_id(document)
        if key_of(document, self.container.key_paths) != self.key:
            raise PartitionKeyMismatch
        return name

    def _save(self, document: Document, name: str, key: int) -> tuple[str, str]:
        ttl = documents.check_ttl(document)
        container, etag = self.container, f'"{uuid4()}"'
        rid = rids.item_rid(container.database.number, container.number, key)
        document["_rid"] = rid
        document["_self"] = f"{container.self_link}docs/{rid}/"
        document["_etag"] = etag
        document["_attachments"] = "attachments/"
        document["_ts"] = int(self.now)
        body = documents.write(document)
        documents.check_size(body)
        item = StoredItem(key, self.key, name, self.lsn, int(self.now), ttl, etag, body)
        if container.unique_keys:
            self._claim_unique_keys(item, document)
        self.items.save(container.number, item, container.effective_key(self.key))
        self.writes += 1
        return body, etag

    def _claim_unique_keys(self, item: StoredItem, document: Mapping[str, Any]) -> None:
        values = [self._unique_value(document, at) for at in range(len(self.container.unique_keys))]
        for position, value in enumerate(values):
            holder = self.items.holder_of(self.container.number, self.key, position, value)
            if holder is None or holder.key == item.key:
                continue
            if not self._expired(holder):
                raise Conflict("Unique index constraint violation.")
            self.remove(holder, expired=True)
        self.items.claim(self.container.number, item, values)

    def _unique_value(self, document: Mapping[str, Any], position: int) -> str:
        # A missing value counts as null, so that two documents without it collide.
        values = [value_at(document, path) for path in self.container.unique_keys[position]]
        return documents.write([None if value is ABSENT else value for value in values])
