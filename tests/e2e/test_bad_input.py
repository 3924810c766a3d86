"""Hostile and broken requests: always a 4xx problem document, never an order."""

import json
from typing import Any

import pytest

from tests.builders import submission_json

KEY = {"Idempotency-Key": "a-key", "Content-Type": "application/json"}


async def refused(shop: Any, **request: Any) -> Any:
    """The problem with which ``POST /orders`` answers; 4xx or the test fails."""
    answer = await shop.ask("POST", "/api/orders", **request)
    assert 400 <= answer.status < 500, answer
    assert answer.headers["Content-Type"].startswith("application/problem+json")
    assert answer.body["type"].startswith("urn:problem-type:orders:")
    assert answer.body["detail"]
    return answer


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"null",
        b"[]",
        b'"order"',
        b"\x00\x01\x02",
        b"\xff\xfe{\x00}\x00",
        b'{"customerId": NaN}',
        b'{"customerId": "\\ud800"}',
        b'{"a":' * 5_000 + b"1" + b"}" * 5_000,
        b"[" * 200_000,
    ],
)
async def test_bodies_that_are_no_json_object(shop, body):
    """Whatever arrives is named, and nothing is stored."""
    await refused(shop, data=body, headers=KEY)


async def test_ten_megabytes_of_lines(shop):
    """The size is judged before a single line is."""
    line = {"sku": "A" * 60, "quantity": 1}
    body = json.dumps(submission_json(lines=[line] * 120_000)).encode()
    assert len(body) > 10_000_000

    answer = await refused(shop, data=body, headers=KEY)

    assert (answer.status, answer.problem) == (413, "body-too-large")


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"Idempotency-Key": ""},
        {"Idempotency-Key": "x" * 256},
        {"Idempotency-Key": "with space"},
        {"Idempotency-Key": "\u00fcml\u00e4ut"},
        {"Idempotency-Key": "ok", "Content-Type": "text/xml"},
    ],
)
async def test_absent_and_silly_headers(shop, headers):
    """The offending header is named."""
    answer = await refused(shop, data=json.dumps(submission_json()).encode(), headers=headers)

    assert answer.body["errors"][0]["in"] == "header"


@pytest.mark.parametrize(
    "change",
    [
        {"customerId": "robert'); DROP TABLE orders;--"},
        {"customerId": ["a"]},
        {"lines": [{"sku": "../../etc/passwd", "quantity": 1}]},
        {"lines": [{"sku": "A", "quantity": 1e308}]},
        {"lines": [{"sku": "A", "quantity": -1}]},
        {"lines": {"sku": "A"}},
        {"expectedTotal": {"amount": "1e5", "currency": "GBP"}},
        {"shippingAddress": {"name": "\u0000"}},
        {"unknownField": 1},
    ],
)
async def test_fields_of_the_wrong_kind(shop, change):
    """Every offending field is named as a JSON pointer."""
    answer = await refused(shop, json=submission_json(**change), headers=KEY)

    assert answer.status == 422
    assert all(error["field"].startswith("/") for error in answer.body["errors"])


@pytest.mark.parametrize(
    ("path", "statuses"),
    [
        ("/api/orders/42", {400}),
        ("/api/orders/%00", {400, 404}),
        ("/api/orders/..%2F..%2Fstock", {400, 404}),
        ("/api/orders/00000000-0000-0000-0000-000000000000", {404}),
        ("/api/orders/42/events", {400}),
        ("/api/products/%2e%2e", {400, 404}),
        ("/api/products/NO-SUCH-SKU", {404}),
    ],
)
async def test_ids_that_are_none(shop, path, statuses):
    """They never reach the database, let alone another document."""
    answer = await shop.ask("GET", path)

    assert answer.status in statuses
