"""The errors Stripe answers with.

ApiError
├── InvalidApiKeyError       401
├── InvalidParameterError    400  refused before execution: no idempotency record is kept
├── IdempotencyError         400  the key belongs to another request
├── KeyInUseError            409  the key's first request is still executing
├── NotSupportedError        501  Stripe can do this, the emulator cannot
├── ServiceFaultError        4xx, 5xx  shown on demand (``/_emulator/faults``)
└── ExecutionError           what executing found; kept for the key as any answer is
    ├── ResourceMissingError     404, or 400 when a parameter names the resource
    ├── UnexpectedStateError     400
    ├── InvalidAmountError       400
    ├── NotRefundableError       400
    └── CardError                402  the issuer declined

Shapes: https://docs.stripe.com/api/errors and https://docs.stripe.com/error-codes.
"""

from collections.abc import Mapping
from typing import Any

INVALID_REQUEST = "invalid_request_error"
SHOULD_RETRY = "Stripe-Should-Retry"


class ApiError(Exception):
    """An answer other than success; *details* are further members of the ``error`` object."""

    status = 400
    type = INVALID_REQUEST
    code: str | None = None

    def __init__(self, message: str, **details: object) -> None:
        super().__init__(message)
        self.message = message
        self.details = details

    @property
    def headers(self) -> Mapping[str, str]:
        return {}

    def body(self) -> dict[str, Any]:
        """The JSON body, without the members that say nothing."""
        error = {"code": self.code, "message": self.message, "type": self.type, **self.details}
        return {"error": {name: value for name, value in error.items() if value is not None}}


class InvalidApiKeyError(ApiError):
    """No key, or none that a test-mode account could have."""

    status = 401

    def __init__(self, key: str | None) -> None:
        super().__init__(
            "You did not provide an API key. You need to provide your API key in the Authorization"
            " header, using Bearer auth (e.g. 'Authorization: Bearer YOUR_SECRET_KEY')."
            if not key
            else f"Invalid API Key provided: {key[:8]}***. This emulator takes any sk_test_... key."
        )

    @property
    def headers(self) -> Mapping[str, str]:
        return {"WWW-Authenticate": 'Basic realm="Stripe"'}


class InvalidParameterError(ApiError):
    """A parameter is missing or malformed."""

    def __init__(self, message: str, param: str | None = None, code: str | None = None) -> None:
        super().__init__(message, param=param)
        self.code = code


class IdempotencyError(ApiError):
    """The idempotency key was first used for another request."""

    type = "idempotency_error"

    def __init__(self, key: str, first_path: str | None = None) -> None:
        same = (
            "with the same parameters they were first used with"
            if first_path is None
            else f"for the same endpoint they were first used for ('{first_path}')"
        )
        super().__init__(
            f"Keys for idempotent requests can only be used {same}. Try using a key other than"
            f" '{key}' if you meant to execute a different request."
        )


class KeyInUseError(ApiError):
    """The first request with this idempotency key has not been answered yet."""

    status = 409
    code = "idempotency_key_in_use"

    def __init__(self, key: str) -> None:
        super().__init__(
            "There is currently another in-progress request using this Idempotent Key (that"
            " probably means you submitted twice, and the other request is still going through):"
            f" {key}. Please try again later."
        )

    @property
    def headers(self) -> Mapping[str, str]:
        return {SHOULD_RETRY: "true"}


class NotSupportedError(ApiError):
    """Stripe can do this and the emulator cannot: the message names what."""

    status = 501
    type = "api_error"

    def __init__(self, what: str, param: str | None = None) -> None:
        super().__init__(f"emulators.payments does not support {what}", param=param)

    @property
    def headers(self) -> Mapping[str, str]:
        return {SHOULD_RETRY: "false"}


class ServiceFaultError(ApiError):
    """Stripe itself is in trouble, because a fault asked for it."""

    def __init__(self, status: int) -> None:
        self.status = status
        if status == 429:
            self.code = "rate_limit"
            super().__init__("Request rate limit exceeded.")
        else:
            self.type = "api_error"
            super().__init__(f"An injected fault of emulators.payments, status {status}.")

    @property
    def kept(self) -> bool:
        """Stripe keeps a 500 for the key like any other answer; the others never executed."""
        return self.status == 500

    @property
    def headers(self) -> Mapping[str, str]:
        # A retry with the same key would only be answered with the kept 500 again.
        return {SHOULD_RETRY: "false"} if self.kept else {}


class ExecutionError(ApiError):
    """The request was understood and executed, and this is how it ended."""


class ResourceMissingError(ExecutionError):
    """There is nothing with this id."""

    code = "resource_missing"

    def __init__(self, kind: str, identifier: str, param: str, *, in_path: bool = False) -> None:
        super().__init__(f"No such {kind}: '{identifier}'", param=param)
        self.status = 404 if in_path else 400


class UnexpectedStateError(ExecutionError):
    """The PaymentIntent's status does not allow the operation; it is in the answer."""

    code = "payment_intent_unexpected_state"

    def __init__(self, message: str, payment_intent: dict[str, Any]) -> None:
        super().__init__(message, payment_intent=payment_intent)


class InvalidAmountError(ExecutionError):
    """More than there is to capture or refund."""

    def __init__(self, message: str, param: str, code: str | None = None) -> None:
        super().__init__(message, param=param)
        self.code = code


class NotRefundableError(ExecutionError):
    """The payment has no money to give back."""

    def __init__(self, message: str, code: str | None = None) -> None:
        super().__init__(message)
        self.code = code


class CardError(ExecutionError):
    """The issuer declined; the answer holds the PaymentIntent as it is now."""

    status = 402
    type = "card_error"

    def __init__(self, decline: Mapping[str, Any], payment_intent: dict[str, Any]) -> None:
        facts = {name: value for name, value in decline.items() if name not in ("code", "message")}
        super().__init__(str(decline["message"]), **{**facts, "payment_intent": payment_intent})
        self.code = str(decline["code"])
