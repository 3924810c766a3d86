"""Reading requests: size, media type, headers, bodies; whatever is wrong is named."""

import re
from typing import TypeVar

import azure.functions as func
from pydantic import BaseModel, TypeAdapter, ValidationError

from shared.application.submission import Identifier
from shared.domain.identity import is_order_id
from triggers.http.problems import BadRequest, invalid_body, offence

Body = TypeVar("Body", bound=BaseModel)

# Some 2,000 lines with long SKUs, and some 5,000 products with long names.
MAX_ORDER_BYTES = 512 * 1024
MAX_IMPORT_BYTES = 4 * 1024 * 1024

# Pages of a listing, in entries.
DEFAULT_LIMIT = 20
MAX_LIMIT = 100

_VISIBLE = re.compile(r"[\x21-\x7e]{1,255}")
_SKU = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")
_LIMIT = re.compile(r"[0-9]{1,3}")
_IDENTIFIER: TypeAdapter[str] = TypeAdapter(Identifier)


def read_body(request: func.HttpRequest, kind: type[Body], max_bytes: int) -> Body:
    """The request's JSON body as *kind*.

    Raises:
        BadRequest: 413, 415, 400 or 422.
    """
    media_type = request.headers.get("content-type", "application/json")
    if media_type.split(";")[0].strip().lower() != "application/json":
        raise BadRequest(
            415,
            "unsupported-media-type",
            "The body must be application/json",
            [offence("header", "Content-Type", "must be application/json")],
        )
    try:
        return kind.model_validate_json(read_bytes(request, max_bytes))
    except ValidationError as error:
        raise invalid_body(error) from None


def read_bytes(request: func.HttpRequest, max_bytes: int) -> bytes:
    """The request's body, whatever it is.

    Raises:
        BadRequest: 400 or 413.
    """
    body: bytes = request.get_body()
    if not body:
        # The host hands over nothing of a chunked request, which has no Content-Length.
        detail = "The body is empty, or was sent without a Content-Length"
        raise BadRequest(400, "body-missing", detail)
    if len(body) > max_bytes:
        detail = f"The body has {len(body)} bytes; at most {max_bytes} are taken"
        raise BadRequest(413, "body-too-large", detail)
    return body


def idempotency_key(request: func.HttpRequest) -> str:
    """The key under which this submission is one, however often it is sent.

    Raises:
        BadRequest: absent, or not 1-255 visible ASCII characters.
    """
    key: str | None = request.headers.get("idempotency-key")
    if key is None:
        raise _bad_key("idempotency-key-missing", "This header is required")
    if not _VISIBLE.fullmatch(key):
        raise _bad_key("idempotency-key-invalid", "must have 1 to 255 visible ASCII characters")
    return key


def path_order_id(request: func.HttpRequest) -> str:
    """The order in the path.

    Raises:
        BadRequest: it cannot be one.
    """
    order_id: str = request.route_params.get("orderId", "")
    if not is_order_id(order_id):
        raise _bad_path("invalid-order-id", "orderId", "An order id is a lower-case UUID")
    return order_id


def path_refund_id(request: func.HttpRequest) -> str:
    """The refund in the path.

    Raises:
        BadRequest: it cannot be one.
    """
    refund_id: str = request.route_params.get("refundId", "")
    if not is_order_id(refund_id):
        raise _bad_path("invalid-refund-id", "refundId", "A refund id is a lower-case UUID")
    return refund_id


def path_sku(request: func.HttpRequest) -> str:
    """The SKU in the path.

    Raises:
        BadRequest: it cannot be one.
    """
    sku: str = request.route_params.get("sku", "")
    if not _SKU.fullmatch(sku):
        detail = "A SKU has 1 to 64 letters, digits, dots, dashes and underscores"
        raise _bad_path("invalid-sku", "sku", detail)
    return sku


def path_customer_id(request: func.HttpRequest) -> str:
    """The customer in the path.

    Raises:
        BadRequest: no submission can name such a customer.
    """
    customer_id: str = request.route_params.get("customerId", "")
    try:
        return _IDENTIFIER.validate_python(customer_id)
    except ValidationError:
        detail = "A customer id has 1 to 128 letters, digits and . _ @ : -"
        raise _bad_path("invalid-customer-id", "customerId", detail) from None


def query_limit(request: func.HttpRequest) -> int:
    """How many entries of a listing are asked for.

    Raises:
        BadRequest: not a number from 1 to 100.
    """
    text: str | None = request.params.get("limit")
    if text is None:
        return DEFAULT_LIMIT
    if not _LIMIT.fullmatch(text) or not 1 <= int(text) <= MAX_LIMIT:
        detail = f"limit must be a number from 1 to {MAX_LIMIT}"
        raise BadRequest(400, "invalid-limit", detail, [offence("query", "limit", detail)])
    return int(text)


def _bad_path(code: str, name: str, detail: str) -> BadRequest:
    return BadRequest(400, code, detail, [offence("path", name, detail)])


def _bad_key(code: str, detail: str) -> BadRequest:
    header = "Idempotency-Key"
    return BadRequest(400, code, f"{header}: {detail}", [offence("header", header, detail)])
