"""Key-values and pages of them, and how the wire shows them."""

import base64
import hashlib
import json
import secrets
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from email.utils import format_datetime
from typing import Any, Generic, TypeVar

Item = TypeVar("Item")


@dataclass(frozen=True, slots=True)
class Content:
    """The part of a key-value its writer decides."""

    value: str | None = None
    content_type: str | None = None
    tags: dict[str, str | None] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class KeyValue:
    """One key-value; key and label identify it, and no label is a label of its own."""

    key: str
    label: str | None
    value: str | None
    content_type: str | None
    tags: dict[str, str | None]
    locked: bool
    etag: str
    last_modified: datetime

    @property
    def content(self) -> Content:
        return Content(self.value, self.content_type, self.tags)

    @property
    def headers(self) -> dict[str, str]:
        modified = format_datetime(self.last_modified, usegmt=True)
        return {"ETag": f'"{self.etag}"', "Last-Modified": modified}

    def to_wire(self, fields: Collection[str] | None = None) -> dict[str, Any]:
        """The JSON form, with *fields* only if given."""
        wire = {
            "etag": self.etag,
            "key": self.key,
            "label": self.label,
            "content_type": self.content_type,
            "value": self.value,
            "tags": self.tags,
            "locked": self.locked,
            "last_modified": self.last_modified.isoformat(),
        }
        if fields is None:
            return wire
        return {name: value for name, value in wire.items() if name in fields}


FIELDS = frozenset(
    {"etag", "key", "label", "content_type", "value", "tags", "locked", "last_modified"}
)


@dataclass(frozen=True, slots=True)
class Page(Generic[Item]):
    """One page of a list; *after* continues it, and *marks* tell its items' versions."""

    items: Sequence[Item]
    marks: Sequence[str]
    after: str | None

    @property
    def etag(self) -> str:
        """Changes whenever the page does; what configuration refresh relies on."""
        text = json.dumps([*self.marks, self.after])
        return _url_safe(hashlib.sha256(text.encode()).digest())


def new_etag() -> str:
    """An etag no earlier version of anything has."""
    return _url_safe(secrets.token_bytes(32))


def is_unicode(text: str) -> bool:
    """Whether *text* is free of surrogates, and so can be encoded and stored."""
    return not any("\ud800" <= character <= "\udfff" for character in text)


def continuation(position: Sequence[object]) -> str:
    """An opaque token for *position*; :func:`position_of` reads it."""
    return _url_safe(json.dumps(position).encode())


def position_of(token: str) -> list[Any]:
    """The position behind a token.

    Raises:
        ValueError: no list request made this token.
    """
    padding = "=" * (-len(token) % 4)
    position = json.loads(base64.urlsafe_b64decode(token + padding))
    if not isinstance(position, list):
        raise ValueError("a position is a list")  # noqa: TRY004 - a bad token, not a bad type
    return position


def _url_safe(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()
