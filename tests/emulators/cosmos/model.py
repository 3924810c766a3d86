"""A container as a dictionary: what the service promises, with nothing of how."""

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from typing import Any

Key = tuple[str, str]
DEFAULT_TTL = 20
# Conditions need no more of the language than this: "n" is a number wherever it is at all.
CONDITION = "from c where c.n >= 1"


class Refused(Exception):
    """The operation at *index* would be answered with this status, and nothing would change."""

    def __init__(self, status: int, index: int = 0) -> None:
        super().__init__(status, index)
        self.status = status
        self.index = index


@dataclass(frozen=True)
class Operation:
    """One change or read; *content* is a document, or the operations of a patch."""

    kind: str
    id: str
    content: Any = None
    condition: str | None = None
    if_match: str | None = None


@dataclass(frozen=True)
class Version:
    """An item as it was last written."""

    document: dict[str, Any]
    etag: str
    lsn: int
    written_at: int


@dataclass
class Model:
    """The items, the clock and the LSN of one container that is partitioned by ``/pk``."""

    now: int
    lsn: int = 0
    versions: dict[Key, Version] = field(default_factory=dict)

    def alive(self) -> dict[Key, Version]:
        return {key: it for key, it in self.versions.items() if self._expires_at(it) > self.now}

    def _expires_at(self, version: Version) -> float:
        ttl = version.document.get("ttl", DEFAULT_TTL)
        return float("inf") if ttl == -1 else version.written_at + ttl

    def changed_since(self, lsn: int) -> dict[str, int]:
        """The LSN of every etag that a reader who was told of *lsn* has yet to see."""
        return {it.etag: it.lsn for it in self.alive().values() if it.lsn > lsn}

    def purge(self) -> None:
        """What a restart does: everything that has expired goes for good, as one change."""
        alive = self.alive()
        self.lsn += len(alive) < len(self.versions)
        self.versions = alive

    def after(self, partition: str, operations: Iterable[Operation]) -> "Model":
        """The container after all of *operations*, as one change.

        Raises:
            Refused: one of them fails.
        """
        changed = replace(self, lsn=self.lsn + 1, versions=dict(self.versions))
        for index, operation in enumerate(operations):
            try:
                changed._apply(partition, operation)
            except Refused as refused:
                raise Refused(refused.status, index) from None
        return changed

    def _apply(self, partition: str, operation: Operation) -> None:
        key = (partition, operation.id)
        found = self.alive().get(key)
        if operation.kind == "create" and found:
            raise Refused(409)
        if not found and operation.kind not in ("create", "upsert"):
            raise Refused(404)
        if found and operation.if_match not in (None, found.etag):
            raise Refused(412)
        if operation.kind == "delete":
            del self.versions[key]
            return
        if operation.kind == "patch":
            document = _patched(self.versions[key].document, operation)
        else:
            document = {**operation.content, "id": operation.id, "pk": partition}
        # The service alone knows the etag; see learn().
        self.versions[key] = Version(document, f"unknown-{operation!r}", self.lsn, self.now)

    def learn(self, partition: str, name: str, etag: str) -> None:
        """Take the etag that the service gave the item's new version."""
        key = (partition, name)
        if key in self.versions:
            self.versions[key] = replace(self.versions[key], etag=etag)


def _patched(document: dict[str, Any], operation: Operation) -> dict[str, Any]:
    if operation.condition and not document.get("n", 0) >= 1:
        raise Refused(412)
    patched = dict(document)
    for change in operation.content:
        name = change["path"][1:]
        if change["op"] in ("replace", "remove") and name not in patched:
            raise Refused(400)
        if change["op"] == "remove":
            del patched[name]
        elif change["op"] == "incr":
            if isinstance(patched.get(name), str):
                raise Refused(400)
            patched[name] = patched.get(name, 0) + change["value"]
        else:
            patched[name] = change["value"]
    return patched
