"""Checks the master key's signature on a request."""

import base64
import binascii
import hmac
from collections.abc import Mapping
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

    def check(self, method: str, address: Address, headers: Mapping[str, str]) -> None:
        """Let a correctly signed request pass.

        Raises:
            Unauthorized: it is unsigned, malformed, or signed with another key.
            Unsupported: it carries another kind of token.
        """
        signature = _signature(headers.get("authorization", ""))
        dates = f"{headers.get('x-ms-date', '').lower()}\n{headers.get('date', '').lower()}\n"
        # Whether the path holds names or rids shows only in what was signed.
        for link in (address.signed_name, address.signed_rid):
            text = f"{method.lower()}\n{address.signed_type}\n{link}\n{dates}"
            expected = hmac.digest(self._key, text.encode("utf-8", "replace"), "sha256")
            if hmac.compare_digest(expected, signature):
                return
        raise Unauthorized("the signature does not match.")


def _signature(header: str) -> bytes:
    token = dict(part.partition("=")[::2] for part in unquote(header).split("&"))
    if token.get("type") in {"aad", "resource"}:
        raise Unsupported(f"tokens of type {token['type']}")
    if token.get("type") != "master" or "sig" not in token:
        raise Unauthorized("there is no master key token in the authorization header.")
    try:
        return base64.b64decode(token["sig"], validate=True)
    except binascii.Error:
        raise Unauthorized("the signature is not base64.") from None
