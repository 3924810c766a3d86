"""The rules of App Configuration: conditional writes, locks, lists in pages."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import islice
from typing import Any

from emulators.app_configuration.errors import (
    InvalidArgumentError,
    KeyLockedError,
    NotFoundError,
    PreconditionFailedError,
    TooLargeError,
)
from emulators.app_configuration.filters import Patterns, Selection, matches_any
from emulators.app_configuration.resources import (
    Content,
    KeyValue,
    Page,
    continuation,
    is_unicode,
    new_etag,
    position_of,
)
from emulators.app_configuration.store import Store

PAGE_SIZE = 100
MAX_BYTES = 10 * 1024
REVISIONS_KEPT = timedelta(days=30)  # standard tier
ANY_ETAG = "*"


@dataclass(frozen=True, slots=True)
class Conditions:
    """If-Match and If-None-Match: etags without quotes, ``*`` for any; None when not sent."""

    if_match: frozenset[str] | None = None
    if_none_match: frozenset[str] | None = None

    def match_fails(self, etag: str | None) -> bool:
        """If-Match was sent and does not hold for what has *etag*, None being nothing."""
        return self.if_match is not None and not _names(self.if_match, etag)

    def none_match_fails(self, etag: str | None) -> bool:
        """If-None-Match was sent and names what has *etag*."""
        return self.if_none_match is not None and _names(self.if_none_match, etag)

    def check_write(self, current: KeyValue | None) -> None:
        """Let a write happen only if the conditions hold for what it replaces.

        Raises:
            PreconditionFailedError: they do not.
        """
        etag = current.etag if current else None
        if self.match_fails(etag) or self.none_match_fails(etag):
            raise PreconditionFailedError("the conditions do not hold")


def _names(etags: frozenset[str], etag: str | None) -> bool:
    return etag is not None and (ANY_ETAG in etags or etag in etags)


class KeyValues:
    """The operations of the service."""

    def __init__(self, store: Store, clock: Callable[[], datetime]) -> None:
        self._store = store
        self._clock = clock

    def get(self, key: str, label: str | None) -> KeyValue:
        item = self._store.get(key, label)
        if item is None:
            raise NotFoundError(f"no key-value '{key}' with label {label!r}")
        return item

    def put(
        self, key: str, label: str | None, content: Content, conditions: Conditions
    ) -> KeyValue:
        """Create or replace a key-value; writing what is there already changes nothing."""
        _check_size(key, label, content)
        with self._store.transaction():
            current = self._writable(key, label, conditions)
            if current and current.content == content:
                return current
            return self._save(key, label, content, locked=False)

    def delete(self, key: str, label: str | None, conditions: Conditions) -> KeyValue | None:
        """Remove a key-value and return it; None when there was none."""
        with self._store.transaction():
            current = self._writable(key, label, conditions)
            if current:
                self._store.delete(current)
            return current

    def set_lock(
        self, key: str, label: str | None, conditions: Conditions, *, locked: bool
    ) -> KeyValue:
        """Make a key-value read-only or writable; doing so again changes nothing."""
        with self._store.transaction():
            current = self.get(key, label)
            conditions.check_write(current)
            if current.locked == locked:
                return current
            return self._save(key, label, current.content, locked=locked)

    def list(self, selection: Selection, after: str | None) -> Page[KeyValue]:
        start = _position(after, str, str)
        items = self._store.key_values((start[0], start[1]) if start else ("", ""))
        page, more = _first_page(filter(selection.matches, items))
        last = [page[-1].key, page[-1].label or ""] if more else None
        return Page(page, [item.etag for item in page], continuation(last) if last else None)

    def revisions(self, selection: Selection, after: str | None) -> Page[KeyValue]:
        start = _position(after, int)
        numbered = self._store.revisions(start[0] if start else None)
        page, more = _first_page(pair for pair in numbered if selection.matches(pair[1]))
        items = [item for _, item in page]
        token = continuation([page[-1][0]]) if more else None
        return Page(items, [item.etag for item in items], token)

    def keys(self, names: Patterns, after: str | None) -> Page[dict[str, str | None]]:
        return _name_page((item.key for item in self._store.key_values()), names, after)

    def labels(self, names: Patterns, after: str | None) -> Page[dict[str, str | None]]:
        labels = {item.label or "" for item in self._store.key_values()}
        return _name_page(sorted(labels), names, after)

    def _writable(self, key: str, label: str | None, conditions: Conditions) -> KeyValue | None:
        current = self._store.get(key, label)
        conditions.check_write(current)
        if current and current.locked:
            raise KeyLockedError(key)
        return current

    def _save(self, key: str, label: str | None, content: Content, *, locked: bool) -> KeyValue:
        now = self._clock().replace(microsecond=0)
        saved = KeyValue(
            key,
            label,
            content.value,
            content.content_type,
            content.tags,
            locked=locked,
            etag=new_etag(),
            last_modified=now,
        )
        self._store.put(saved)
        self._store.forget_revisions_before(now - REVISIONS_KEPT)
        return saved


def _check_size(key: str, label: str | None, content: Content) -> None:
    texts = [key, label, content.value, content.content_type]
    texts += [text for tag in content.tags.items() for text in tag]
    if sum(len(text.encode()) for text in texts if text) > MAX_BYTES:
        raise TooLargeError(f"a key-value takes at most {MAX_BYTES} bytes")


def _first_page(items: Iterable[Any]) -> tuple[list[Any], bool]:
    """One page of *items*, and whether there are more."""
    found = list(islice(items, PAGE_SIZE + 1))
    return found[:PAGE_SIZE], len(found) > PAGE_SIZE


def _name_page(
    ordered: Iterable[str], names: Patterns, after: str | None
) -> Page[dict[str, str | None]]:
    """A page of distinct names out of *ordered*, in which '' stands for no label."""
    start = _position(after, str)
    found = (name for name in _distinct(ordered) if not start or name > start[0])
    page, more = _first_page(name for name in found if matches_any(names, name or None))
    items: list[dict[str, str | None]] = [{"name": name or None} for name in page]
    return Page(items, page, continuation([page[-1]]) if more else None)


def _distinct(ordered: Iterable[str]) -> Iterator[str]:
    return iter(dict.fromkeys(ordered))


def _position(token: str | None, *types: type) -> list[Any] | None:
    if token is None:
        return None
    try:
        position = position_of(token)
    except (ValueError, RecursionError):
        position = []
    if [type(part) for part in position] != list(types) or not all(map(_storable, position)):
        raise InvalidArgumentError("after", "not a continuation token of this list")
    return position


def _storable(part: str | int) -> bool:
    """Whether SQLite can be asked about *part*; a forged token may hold anything."""
    return is_unicode(part) if isinstance(part, str) else abs(part) < 2**63
