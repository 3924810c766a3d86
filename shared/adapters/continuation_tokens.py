"""Continuation tokens of listings: opaque, fit for a URL, and of use only where they came from."""

import base64
import json
from hashlib import sha256

from shared.domain.errors import UnknownContinuation

_MAX_LENGTH = 16_384


def seal(listing: str, *place: str) -> str:
    """Where *listing* stopped, in the database's words, as clients get it."""
    text = json.dumps([_mark(listing), *place], separators=(",", ":"))
    return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")


def unseal(listing: str, sealed: str, parts: int = 1) -> tuple[str, ...]:
    """The place that :func:`seal` was given for *listing*, which has so many *parts*.

    Raises:
        UnknownContinuation: it is garbled, or of another listing.
    """
    try:
        padded = sealed[:_MAX_LENGTH] + "=" * (-len(sealed) % 4)
        mark, *place = json.loads(base64.b64decode(padded, altchars=b"-_", validate=True))
    except (ValueError, TypeError, RecursionError) as error:
        raise UnknownContinuation from error
    is_place = len(place) == parts and all(isinstance(part, str) for part in place)
    if mark != _mark(listing) or not is_place:
        raise UnknownContinuation
    return tuple(place)


def _mark(listing: str) -> str:
    return sha256(listing.encode()).hexdigest()[:16]
