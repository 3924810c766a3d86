"""Checks who sends a request: by the master key's signature or a token of Microsoft Entra."""

import base64
import binascii
import hmac
import json
import time
from collections.abc import Mapping
from functools import lru_cache
from urllib.parse import unquote

from emulators.cosmos.address import Address
from emulators.cosmos.errors import Unauthorized, Unsupported

EMULATOR_KEY = (
    "C2y6yDjf5/R+ob0N8A7Cgv30VRDJIWEHLM+4QDU5DE2nQ9nDuVTqobD4b8mGGyPMbIZnqyMsEcaGQy67XIw/Jw=="
)
"""The documented key of Microsoft's own emulator: well known, so no secret."""


class MasterKey:
    """The account's key.

    Raises:
        ValueError: *encoded* is not base64.
    """

    def __init__(self, encoded: str) -> None:
        self._key = base64.b64decode(encoded, validate=True)

    def check(
        self, method: str, address: Address, headers: Mapping[str, str], *, secure: bool = False
    ) -> None:
        """Let a correctly signed request pass, and over https one with a token of Entra.

        Raises:
            Unauthorized: it is unsigned, malformed, expired, or signed with another key.
            Unsupported: it carries another kind of token.
        """
        authorization = headers.get("authorization", "")
        dates = f"{headers.get('x-ms-date', '')}\n{headers.get('date', '')}\n".lower()
        if _is_signed(self._key, method, address, dates, authorization):
            return
        token = _token(authorization)
        if token.get("type") != "aad":
            raise Unauthorized("the signature does not match.")
        _check_entra_token(token, secure=secure)


# Within a second, all requests of one kind to one resource carry the same signature.
@lru_cache(maxsize=1024)
def _is_signed(key: bytes, method: str, address: Address, dates: str, authorization: str) -> bool:
    token = _token(authorization)
    if token.get("type") == "aad":
        return False
    signature = _signature(token)
    # Whether the path holds names or rids shows only in what was signed.
    for link in (address.signed_name, address.signed_rid):
        text = f"{method.lower()}\n{address.signed_type}\n{link}\n{dates}"
        expected = hmac.digest(key, text.encode("utf-8", "replace"), "sha256")
        if hmac.compare_digest(expected, signature):
            return True
    return False


def _token(header: str) -> dict[str, str]:
    return dict(part.partition("=")[::2] for part in unquote(header).split("&"))


def _signature(token: Mapping[str, str]) -> bytes:
    if token.get("type") == "resource":
        raise Unsupported("tokens of type resource")
    if token.get("type") != "master" or "sig" not in token:
        raise Unauthorized("there is no master key token in the authorization header.")
    try:
        return base64.b64decode(token["sig"], validate=True)
    except binascii.Error:
        raise Unauthorized("the signature is not base64.") from None


def _check_entra_token(token: Mapping[str, str], *, secure: bool) -> None:
    """Take any token that reads as one and has not expired: there is no Entra here to ask."""
    if not secure:
        raise Unauthorized("tokens of Microsoft Entra are taken over https only.")
    try:
        _, payload, _ = token.get("sig", "").split(".")
        claims = json.loads(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))
        expiry = float(claims["exp"])
    except (ValueError, KeyError, TypeError):
        raise Unauthorized("the token is no JSON Web Token.") from None
    if expiry < time.time():
        raise Unauthorized("the token has expired.")
