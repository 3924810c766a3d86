"""Continuation tokens of listings: opaque, fit for a URL, and of use only where they came from."""

import base64
import binascii
import json
from hashlib import sha256

from shared.domain.errors import UnknownContinuation


def seal(listing: str, token: str) -> str:
    """*token* of the database as clients get it, bound to *listing*."""
    text = json.dumps([_mark(listing), token], separators=(",", ":"))
    return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")


def unseal(listing: str, sealed: str) -> str:
    """The token that :func:`seal` was given for *listing*.

    Raises:
        UnknownContinuation: it is garbled, or of another listing.
    """
    try:
        padded = sealed + "=" * (-len(sealed) % 4)
        mark, token = json.loads(base64.b64decode(padded, altchars=b"-_", validate=True))
    except (binascii.Error, ValueError, TypeError, RecursionError) as error:
        raise UnknownContinuation from error
    if mark != _mark(listing) or not isinstance(token, str) or not token:
        raise UnknownContinuation
    return token


def _mark(listing: str) -> str:
    return sha256(listing.encode()).hexdigest()[:16]
