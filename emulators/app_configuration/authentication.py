"""HMAC authentication with an access key, the way connection strings work.

Source: https://learn.microsoft.com/azure/azure-app-configuration/rest-api-authentication-hmac
"""

import base64
import binascii
import hashlib
import hmac
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

from emulators.app_configuration.errors import AuthenticationError

REQUIRED_SIGNED_HEADERS = {"x-ms-date", "host", "x-ms-content-sha256"}
MAX_CLOCK_SKEW_SECONDS = 15 * 60
_PYTHON_SDK_DATE = "%b, %d %Y %H:%M:%S.%f GMT"  # not RFC 1123, yet what the SDK sends


@dataclass(frozen=True, slots=True)
class AccessKey:
    """What a connection string carries besides the endpoint."""

    id: str
    secret: str

    def signature(self, text: str) -> bytes:
        # aiohttp hands over bytes that are no UTF-8 as surrogates: sign the bytes that were sent.
        signed = text.encode(errors="surrogateescape")
        return hmac.new(base64.b64decode(self.secret), signed, hashlib.sha256).digest()


# Well known and no secret: the connection string local settings ship with.
DEFAULT_ACCESS_KEY = AccessKey("local", base64.b64encode(b"local-emulator-secret").decode())


@dataclass(frozen=True, slots=True)
class SignedRequest:
    """The parts of a request a signature covers; *target* exactly as it was sent."""

    method: str
    target: str
    headers: Mapping[str, str]
    body: bytes


def authenticate(request: SignedRequest, access_key: AccessKey, now: datetime) -> None:
    """Check that *request* was signed with *access_key* not long ago.

    Raises:
        AuthenticationError: it was not; the message says what is wrong.
    """
    claims = _claims(request.headers.get("Authorization", ""))
    if claims.get("Credential") != access_key.id:
        raise AuthenticationError("Invalid Credential")
    names = claims.get("SignedHeaders", "").lower().split(";")
    for missing in sorted(REQUIRED_SIGNED_HEADERS.difference(names)):
        raise AuthenticationError(f"{missing} is required as a signed header")
    _check_date(request.headers.get("x-ms-date", ""), now)
    _check_body(request)
    values = ";".join(request.headers.get(name, "") for name in names)
    expected = access_key.signature(f"{request.method}\n{request.target}\n{values}")
    if not hmac.compare_digest(expected, _decode(claims.get("Signature", ""))):
        raise AuthenticationError("Invalid Signature")


def _claims(header: str) -> dict[str, str]:
    scheme, _, rest = header.partition(" ")
    if scheme != "HMAC-SHA256":
        raise AuthenticationError("Only HMAC-SHA256 with an access key is supported here")
    pairs = (pair.partition("=") for pair in rest.split("&"))
    return {name: value for name, _, value in pairs}


def _check_date(text: str, now: datetime) -> None:
    sent = _date(text)
    if sent is None or abs((now - sent).total_seconds()) > MAX_CLOCK_SKEW_SECONDS:
        raise AuthenticationError("The access token has expired")


def _date(text: str) -> datetime | None:
    with suppress(ValueError):
        return datetime.strptime(text, _PYTHON_SDK_DATE).replace(tzinfo=UTC)
    with suppress(ValueError, OverflowError):
        sent = parsedate_to_datetime(text)
        return sent if sent.tzinfo else sent.replace(tzinfo=UTC)
    return None


def _check_body(request: SignedRequest) -> None:
    sent = _decode(request.headers.get("x-ms-content-sha256", ""))
    if not hmac.compare_digest(hashlib.sha256(request.body).digest(), sent):
        raise AuthenticationError("Invalid x-ms-content-sha256")


def _decode(text: str) -> bytes:
    try:
        return base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        return b""
