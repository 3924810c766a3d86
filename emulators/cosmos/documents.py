"""JSON in and out, and the rules every item must obey whoever writes it."""

import json
import math
from typing import Any, Final, NoReturn, TypeAlias

from emulators.cosmos.errors import BadRequest, TooLarge

Document: TypeAlias = dict[str, Any]

MAX_BYTES: Final = 2 * 1024 * 1024
MAX_ID_BYTES: Final = 1023
MAX_DEPTH: Final = 128
MAX_TTL: Final = 2**31 - 1
SYSTEM_PROPERTIES: Final = frozenset({"_rid", "_self", "_etag", "_attachments", "_ts"})
_FORBIDDEN_IN_ID: Final = frozenset("/\\#?")


def _no_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is not JSON")


def _integer(digits: str) -> int | float:
    # Numbers are IEEE doubles; only what a 64-bit integer holds is kept exactly.
    return int(digits) if len(digits) < 20 else _finite(digits)


def _finite(digits: str) -> float:
    number = float(digits)
    if not math.isfinite(number):
        raise ValueError(f"{digits[:20]} is out of range")
    return number


_decode = json.JSONDecoder(
    parse_constant=_no_constant, parse_int=_integer, parse_float=_finite
).decode
# What is written was read as JSON, or built from that: nothing in it can contain itself.
_encode = json.JSONEncoder(
    separators=(",", ":"), ensure_ascii=False, allow_nan=False, check_circular=False
).encode


def parse(body: bytes | str) -> Any:
    """Read JSON.

    Raises:
        BadRequest: it is not JSON, nests too deeply, or holds what cannot be stored.
    """
    try:
        text = body if isinstance(body, str) else body.decode("utf-8")
        value = _decode(text)
    except (ValueError, RecursionError) as error:
        raise BadRequest(f"The request payload is invalid: {error}") from None
    # Counting brackets is cheap and nearly always enough to know that nothing nests too deeply.
    if text.count("{") + text.count("[") > MAX_DEPTH and depth(value) > MAX_DEPTH:
        raise BadRequest(f"The document nests deeper than {MAX_DEPTH} levels.")
    if "\\u" in text:
        size_of(write(value))  # Only an escape can smuggle in half of a surrogate pair.
    return value


def depth(value: Any) -> int:
    """How many arrays and objects contain the innermost one, itself included."""
    levels, layer = 0, [value]
    while layer := [item for item in layer if isinstance(item, (dict, list))]:
        levels += 1
        layer = [
            child for item in layer for child in (item.values() if isinstance(item, dict) else item)
        ]
    return levels


def parse_document(body: bytes) -> Document:
    """Read one JSON object.

    Raises:
        BadRequest: it is no JSON object.
    """
    return as_document(parse(body))


def as_document(value: Any) -> Document:
    """The value, if it is a JSON object.

    Raises:
        BadRequest: it is not.
    """
    if not isinstance(value, dict):
        raise BadRequest("The request payload must be a JSON object.")
    return value


def write(value: Any) -> str:
    """JSON text of a value that can be stored or sent.

    Raises:
        BadRequest: it holds what JSON in UTF-8 cannot.
    """
    try:
        return _encode(value)
    except (ValueError, RecursionError) as error:
        raise BadRequest(f"The document cannot be stored: {error}") from None


def size_of(text: str) -> int:
    """Bytes of *text* in UTF-8.

    Raises:
        BadRequest: it holds half of a surrogate pair.
    """
    try:
        return len(text) if text.isascii() else len(text.encode())
    except UnicodeEncodeError:
        raise BadRequest("The document holds half of a surrogate pair.") from None


def check_size(text: str) -> int:
    """The size in bytes of an item that is not too large.

    Raises:
        TooLarge: it is larger than an item may be.
    """
    size = size_of(text)
    if size > MAX_BYTES:
        raise TooLarge
    return size


def check_id(document: Document) -> str:
    """The item's id.

    Raises:
        BadRequest: it is missing or not an id.
    """
    name = document.get("id")
    if not isinstance(name, str) or not name:
        raise BadRequest("One of the specified inputs is invalid: 'id' must be a non-empty string.")
    if size_of(name) > MAX_ID_BYTES:
        raise BadRequest(
            "Ensure to provide a unique non-empty string less than "
            f"'{MAX_ID_BYTES + 1}' characters."
        )
    if not _FORBIDDEN_IN_ID.isdisjoint(name) or name.endswith(" "):
        raise BadRequest("The id holds one of / \\ # ? or ends with a space.")
    return name


def check_ttl(document: Document) -> int | None:
    """The item's own time to live.

    Raises:
        BadRequest: it is neither -1 nor a positive number of seconds.
    """
    if "ttl" not in document:
        return None
    ttl = document["ttl"]
    if type(ttl) is not int or ttl == 0 or not -1 <= ttl <= MAX_TTL:
        raise BadRequest("The input ttl must be -1 or a positive 32-bit integer.")
    return ttl
