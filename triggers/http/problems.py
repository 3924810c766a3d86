"""The one place that turns errors into HTTP answers: problem documents by RFC 9457."""

import json
from collections.abc import Mapping, Sequence
from typing import Any

import azure.functions as func
from pydantic import ValidationError

from shared.domain.errors import (
    ActionNotAllowed,
    ApprovalDecided,
    Conflict,
    IdempotencyKeyReused,
    Invalid,
    InvalidSignature,
    Missing,
    OrderError,
    PriceMismatch,
    RefundExceedsCaptured,
    RefundExceedsOrdered,
    ReplayRefused,
    StockBelowReserved,
    Transient,
    UnknownContinuation,
    UnknownSkus,
)

TYPE_PREFIX = "urn:problem-type:orders:"

# A body with thousands of wrong lines gets an answer a person can read.
_MAX_REPORTED = 50

_STATUS: Sequence[tuple[type[OrderError], int]] = (
    (StockBelowReserved, 409),
    (InvalidSignature, 400),
    (Invalid, 422),
    (Missing, 404),
    (ReplayRefused, 422),
    (Conflict, 409),
    (Transient, 503),
)


class BadRequest(Exception):
    """What a request has wrong before any rule of ordering applies."""

    def __init__(self, status: int, code: str, detail: str, errors: Sequence[Any] = ()) -> None:
        self.status = status
        self.code = code
        self.detail = detail
        self.errors = errors
        super().__init__(detail)


def offence(where: str, field: str, detail: str) -> dict[str, str]:
    """One entry of ``errors``: *where* is body, header, path or query; *field* a JSON pointer or
    name.
    """
    return {"in": where, "field": field, "detail": detail}


def invalid_body(error: ValidationError) -> BadRequest:
    """Malformed JSON is 400; JSON that breaks a rule is 422, with every offending field."""
    problems = error.errors(include_url=False, include_context=False, include_input=False)
    if any(problem["type"] == "json_invalid" for problem in problems):
        return BadRequest(400, "malformed-json", problems[0]["msg"])
    errors = [offence("body", _pointer(p["loc"]), p["msg"]) for p in problems[:_MAX_REPORTED]]
    more = len(problems) - len(errors)
    detail = "The body has invalid fields" + (f"; {more} more are not listed" if more else "")
    return BadRequest(422, "invalid-request", detail, errors)


def problem(error: Exception) -> func.HttpResponse:
    """The answer to a request that failed with *error*."""
    if isinstance(error, BadRequest):
        return _document(error.status, error.code, error.detail, {"errors": list(error.errors)})
    if isinstance(error, OrderError):
        for kind, status in _STATUS:
            if isinstance(error, kind):
                return _document(status, error.code, str(error), _extensions(error), error)
    # Refusals and illegal transitions belong to sagas; here they are as unexpected as a bug.
    return _document(500, "internal-error", "The request failed for a reason of ours", {})


def _extensions(error: OrderError) -> dict[str, Any]:
    where = next((place for kind, place in _OFFENCES if isinstance(error, kind)), None)
    errors: dict[str, Any] = {}
    if where is not None:
        errors = {"errors": [offence(*where, str(error))]}
    elif isinstance(error, Invalid):
        errors = {"errors": [offence("body", error.field, str(error))]}
    return errors | _facts(error)


# What is at fault in a request that is not wrong by a field of its body.
_OFFENCES: Sequence[tuple[type[OrderError], tuple[str, str]]] = (
    (IdempotencyKeyReused, ("header", "Idempotency-Key")),
    (InvalidSignature, ("header", "Stripe-Signature")),
    (UnknownContinuation, ("query", "continuation")),
)


def _facts(error: OrderError) -> dict[str, Any]:
    """What a client may want to act upon."""
    match error:
        case UnknownSkus():
            return {"skus": list(error.skus)}
        case PriceMismatch():
            return {"expected": error.expected, "actual": error.actual}
        case ActionNotAllowed():
            return {"orderStatus": error.state, "allowedActions": list(error.allowed)}
        case ApprovalDecided():
            return {"orderStatus": error.state, "decision": error.decision}
        case RefundExceedsCaptured():
            return {"captured": error.captured, "refundable": error.refundable}
        case RefundExceedsOrdered():
            return {"sku": error.sku, "refundableQuantity": error.left}
        case ReplayRefused():
            return {"reason": error.reason}
    return {}


def _document(
    status: int,
    code: str,
    detail: str,
    extensions: Mapping[str, Any],
    error: OrderError | None = None,
) -> func.HttpResponse:
    body = {
        "type": TYPE_PREFIX + code,
        "title": code.replace("-", " ").capitalize(),
        "status": status,
        "detail": detail,
        **extensions,
    }
    headers = {}
    if isinstance(error, Transient):
        headers["Retry-After"] = str(error.retry_after_seconds)
    return func.HttpResponse(
        json.dumps(body),
        status_code=status,
        headers=headers,
        mimetype="application/problem+json",
    )


def _pointer(location: Sequence[str | int]) -> str:
    """A JSON pointer (RFC 6901)."""
    escaped = (str(part).replace("~", "~0").replace("/", "~1") for part in location)
    return "".join(f"/{part}" for part in escaped)
