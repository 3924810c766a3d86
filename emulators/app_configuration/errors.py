"""The errors App Configuration answers with.

ServiceError
├── AuthenticationError        401  no body; WWW-Authenticate says why
├── InvalidArgumentError       400
├── NotFoundError              404  no body
├── KeyLockedError             409
├── PreconditionFailedError    412  no body
├── TooLargeError              413
├── UnsupportedMediaTypeError  415
└── NotSupportedError          501  the service can do this, the emulator cannot

Bodies are RFC 7807 problem documents.
"""

from collections.abc import Mapping
from typing import Any

TYPES = "https://azconfig.io/errors"


class ServiceError(Exception):
    """A refusal; *title*, *type* and *facts* make its problem document, if it has one."""

    status = 400
    title: str | None = None
    type = "about:blank"

    def __init__(self, detail: str, **facts: object) -> None:
        super().__init__(detail)
        self.detail = detail
        self.facts = facts

    @property
    def headers(self) -> Mapping[str, str]:
        return {}

    def problem(self) -> dict[str, Any] | None:
        """The body, or None where the service sends none."""
        if self.title is None:
            return None
        return {
            "type": self.type,
            "title": self.title,
            **self.facts,
            "detail": self.detail,
            "status": self.status,
        }


class AuthenticationError(ServiceError):
    """The request is not signed with the access key."""

    status = 401

    @property
    def headers(self) -> Mapping[str, str]:
        reason = f'error="invalid_token" error_description="{self.detail}"'
        return {"WWW-Authenticate": f"HMAC-SHA256 {reason}"}


class InvalidArgumentError(ServiceError):
    """A parameter, a header or the body is malformed; *name* says which."""

    title = "Invalid argument"
    type = f"{TYPES}/invalid-argument"

    def __init__(self, name: str, detail: str) -> None:
        super().__init__(f"{name}: {detail}", name=name)


class NotFoundError(ServiceError):
    """There is no such key-value."""

    status = 404


class KeyLockedError(ServiceError):
    """The key-value is read-only."""

    status = 409
    title = "Modifying key is not allowed"
    type = f"{TYPES}/key-locked"

    def __init__(self, key: str) -> None:
        super().__init__(f"The key '{key}' is read-only.", name=key)


class PreconditionFailedError(ServiceError):
    """If-Match or If-None-Match does not hold for the present state."""

    status = 412


class TooLargeError(ServiceError):
    """The key-value is larger than the service stores."""

    status = 413
    title = "The key-value is too large"


class UnsupportedMediaTypeError(ServiceError):
    """The body is of a type that holds no key-value."""

    status = 415
    title = "Unsupported media type"


class NotSupportedError(ServiceError):
    """The service can do this and the emulator cannot: the message names what."""

    status = 501
    title = "Not supported by the emulator"

    def __init__(self, what: str) -> None:
        super().__init__(f"emulators.app_configuration does not support {what}")
