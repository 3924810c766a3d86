"""What a request asks for, read from its raw target, headers and body."""

import json
from collections.abc import Mapping
from urllib.parse import parse_qsl, unquote

from emulators.app_configuration.errors import InvalidArgumentError, UnsupportedMediaTypeError
from emulators.app_configuration.filters import NULL, Selection, parse_patterns, parse_tags
from emulators.app_configuration.handlers import Conditions
from emulators.app_configuration.resources import FIELDS, Content, is_unicode

API_VERSIONS = frozenset({"1.0", "2023-10-01", "2023-11-01", "2024-09-01", "2026-04-01"})
MAX_NAME_LENGTH = 256
KEY_VALUE_TYPES = frozenset({"application/json", "application/vnd.microsoft.appconfig.kv+json"})


class Query:
    """The query of a request target; the service does not care about the case of names."""

    def __init__(self, target: str) -> None:
        pairs = parse_qsl(target.partition("?")[2], keep_blank_values=True)
        self._pairs = [(name.lower(), value) for name, value in pairs]

    def get(self, name: str) -> str | None:
        """The value of *name*.

        Raises:
            InvalidArgumentError: it is there more than once.
        """
        values = self.all(name)
        if len(values) > 1:
            raise InvalidArgumentError(name, "given more than once")
        return values[0] if values else None

    def all(self, name: str) -> list[str]:
        return [value for given, value in self._pairs if given == name]

    def without(self, name: str) -> list[tuple[str, str]]:
        return [(given, value) for given, value in self._pairs if given != name]

    @property
    def label(self) -> str | None:
        """The label of one key-value; an empty one and a null character mean none."""
        label = self.get("label")
        if label in (None, "", NULL):
            return None
        return _checked_length("label", label)

    @property
    def selection(self) -> Selection:
        return Selection(
            parse_patterns("key", self.get("key") or None),
            parse_patterns("label", self.get("label")),
            parse_tags(self.all("tags")),
        )

    @property
    def fields(self) -> frozenset[str] | None:
        """The fields ``$select`` asks for; None for all."""
        text = self.get("$select")
        if not text:
            return None
        fields = frozenset(field.strip() for field in text.split(","))
        for unknown in sorted(fields - FIELDS):
            raise InvalidArgumentError("$select", f"there is no field '{unknown}'")
        return fields

    def check_api_version(self) -> None:
        """Refuse what does not name a known version of the API.

        Raises:
            InvalidArgumentError: it does not.
        """
        version = self.get("api-version")
        if version not in API_VERSIONS:
            raise InvalidArgumentError("api-version", f"{version!r} is not supported")


def key_of(target: str) -> str:
    """The key in a target such as ``/kv/a%2Fb?label=x``.

    Raises:
        InvalidArgumentError: the service has no such keys.
    """
    _, _, encoded = target.partition("?")[0].removeprefix("/").partition("/")
    key = unquote(encoded)
    if key in (".", "..") or "%" in key:
        raise InvalidArgumentError("key", "a key cannot be '.' or '..' or contain '%'")
    return _checked_length("key", key)


def conditions_of(headers: Mapping[str, str]) -> Conditions:
    """If-Match and If-None-Match."""
    return Conditions(_etags(headers.get("If-Match")), _etags(headers.get("If-None-Match")))


def _etags(header: str | None) -> frozenset[str] | None:
    if header is None:
        return None
    return frozenset(etag.strip().strip('"') for etag in header.split(","))


def content_of(body: bytes, media_type: str) -> Content:
    """The writable part of a key-value document; read-only members may come along.

    Raises:
        UnsupportedMediaTypeError: the body is of another type.
        InvalidArgumentError: it is malformed; the message names the member.
    """
    if media_type not in KEY_VALUE_TYPES:
        raise UnsupportedMediaTypeError(f"'{media_type}' is no key-value")
    document = _object(body)
    tags = document.get("tags") or {}
    if not isinstance(tags, dict):
        raise InvalidArgumentError("tags", "not an object")
    for name, value in tags.items():
        _checked_length("tags", name)
        _checked_length("tags", _text("tags", value) or "")
    return Content(
        _text("value", document.get("value")),
        _text("content_type", document.get("content_type")),
        tags,
    )


def _object(body: bytes) -> dict[str, object]:
    try:
        document = json.loads(body)
    except (ValueError, RecursionError) as error:
        raise InvalidArgumentError("body", "not JSON") from error
    if not isinstance(document, dict):
        raise InvalidArgumentError("body", "not a JSON object")
    return document


def _text(name: str, value: object) -> str | None:
    if value is None:
        return None
    if not isinstance(value, str):
        raise InvalidArgumentError(name, "not a string")
    return _checked_text(name, value)


def _checked_text(name: str, text: str) -> str:
    # JSON can escape half a surrogate pair, which is no text and cannot be stored; aiohttp reads
    # bytes of a target that are no UTF-8 as such halves.
    if not is_unicode(text):
        raise InvalidArgumentError(name, "not Unicode text")
    return text


def _checked_length(name: str, text: str) -> str:
    _checked_text(name, text)
    if len(text) > MAX_NAME_LENGTH:
        raise InvalidArgumentError(name, f"longer than {MAX_NAME_LENGTH} characters")
    return text
