"""Who may publish: whoever has the topic's key, or a token signed with it.

Source: https://learn.microsoft.com/azure/event-grid/authenticate-with-access-keys-shared-access-signatures
"""

import base64
import binascii
import hashlib
import hmac
from collections.abc import Mapping
from contextlib import suppress
from datetime import UTC, datetime
from typing import Final
from urllib.parse import parse_qs, unquote_plus, urlsplit

from emulators.event_grid.errors import NotSupportedError, UnauthorizedError

KEY: Final = "aeg-sas-key"
TOKEN: Final = "aeg-sas-token"  # noqa: S105 - the name of a header
_SCHEME: Final = "SharedAccessSignature"
_DOTNET_DATE: Final = "%m/%d/%Y %I:%M:%S %p"


def authenticate(
    headers: Mapping[str, str], query: Mapping[str, str], path: str, key: str, now: datetime
) -> None:
    """Let a request to *path* pass that knows *key*.

    Raises:
        UnauthorizedError: it does not; the message says what is wrong.
    """
    given = headers.get(KEY) or query.get(KEY)
    if given is not None:
        if not hmac.compare_digest(_bytes(given), _bytes(key)):
            raise _unauthorized(path, "the key is not the topic's")
        return
    _check_token(_token(headers), path, key, now)


def _token(headers: Mapping[str, str]) -> str:
    scheme, _, credentials = headers.get("Authorization", "").partition(" ")
    if scheme.lower() == "bearer":
        raise NotSupportedError("Microsoft Entra tokens; use a key or a shared access signature")
    if scheme.lower() == _SCHEME.lower():
        return credentials.strip()
    if TOKEN in headers:
        return headers[TOKEN]
    raise UnauthorizedError(
        f"Request must contain one of the following authorization signature: {TOKEN}, {KEY}."
    )


def _check_token(token: str, path: str, key: str, now: datetime) -> None:
    signed, _, signature = token.rpartition("&s=")
    if not hmac.compare_digest(_signature(signed, key), _decoded(unquote_plus(signature))):
        raise _unauthorized(path, "the signature does not match")
    claims = parse_qs(signed)
    expiry = _date(claims.get("e", [""])[0])
    if expiry is None or expiry <= now:
        raise _unauthorized(path, "the signature has expired")
    if not _covers(claims.get("r", [""])[0], path):
        raise _unauthorized(path, "the signature is for another resource")


def _unauthorized(path: str, why: str) -> UnauthorizedError:
    return UnauthorizedError(f"The request is not authorized for {path}. Reason: {why}.")


def _signature(text: str, key: str) -> bytes:
    return hmac.new(base64.b64decode(key), _bytes(text), hashlib.sha256).digest()


def _bytes(text: str) -> bytes:
    # aiohttp hands over bytes that are no UTF-8 as surrogates.
    return text.encode(errors="surrogateescape")


def _decoded(text: str) -> bytes:
    try:
        return base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        return b""


def _date(text: str) -> datetime | None:
    """The moment *text* names, as Python's ``str`` or .NET writes it; UTC where it does not say."""
    moment = None
    with suppress(ValueError):
        moment = datetime.strptime(text, _DOTNET_DATE).replace(tzinfo=UTC)
    with suppress(ValueError):
        moment = datetime.fromisoformat(text)
    return moment.replace(tzinfo=UTC) if moment and moment.tzinfo is None else moment


def _covers(resource: str, path: str) -> bool:
    covered = urlsplit(resource if "://" in resource else f"//{resource}").path.rstrip("/").lower()
    return path.lower() == covered or path.lower().startswith(f"{covered}/")
