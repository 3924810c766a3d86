"""Hostile and damaged requests get the service's status, never a server error."""

import json

import pytest

from tests.emulators.cosmos.raw import BATCH, QUERY, RawClient, key

DEEP = '{"id":"a","pk":"p","d":' + '{"d":' * 128 + "1" + "}" * 128 + "}"
BOTTOMLESS = '{"id":"a","pk":"p","d":' + "[" * 100_000 + "]" * 100_000 + "}"


@pytest.mark.parametrize(
    "body",
    [
        "",
        "not json",
        "[]",
        "5",
        "null",
        '{"id":"a","pk":"p"',
        '{"pk":"p"}',
        '{"id":"a","pk":"p","n":NaN}',
        '{"id":"a","pk":"p","n":Infinity}',
        '{"id":"a","pk":"p","n":1e999}',
        '{"id":"a","pk":"p","n":' + "9" * 5000 + "}",
        r'{"id":"a","pk":"p","s":"\ud800"}',
        r'{"id":"\ud800","pk":"p"}',
        DEEP,
        BOTTOMLESS,
        b'{"id":"a","pk":"\xff"}',
    ],
    ids=lambda body: repr(body[:30]),
)
@pytest.mark.parametrize("method", ["POST", "PUT", "batch"])
async def test_a_damaged_item_is_a_bad_request(
    raw: RawClient, docs: str, body: str | bytes, method: str
):
    """By whichever way it comes."""
    sent = body if isinstance(body, bytes) else body.encode()
    if method == "batch":
        sent = b'[{"operationType":"Create","resourceBody":' + sent + b"}]"
        status, _, text = await raw.send("POST", docs, sent, **BATCH, **key("p"))
        statuses = [entry["statusCode"] for entry in json.loads(text)] if status == 207 else []
        assert status == 400 or statuses == [400]
        return
    path = docs if method == "POST" else f"{docs}/a"

    status, _, _ = await raw.send(method, path, sent, **key("p"))

    assert status == 400


async def test_a_document_of_exactly_the_allowed_depth_fits(raw: RawClient, docs: str):
    """The limit is the documented one."""
    body = '{"id":"a","pk":"p","d":' + '{"d":' * 127 + "1" + "}" * 127 + "}"

    status, _, _ = await raw.send("POST", docs, body, **key("p"))

    assert status == 201


@pytest.mark.parametrize(
    "header", ["", "p", "5", "{}", '["p"', '["p","q"]', "[]", '[["p"]]', '[{"a":1}]', r'["\ud800"]']
)
async def test_a_damaged_partition_key_is_a_bad_request(raw: RawClient, docs: str, header: str):
    """Also for reads, which have no document to compare it with."""
    damaged = {"x_ms_documentdb_partitionkey": header}

    status, _, _ = await raw.send("GET", f"{docs}/a", **damaged)

    assert status == 400


async def test_a_missing_partition_key_is_a_bad_request(raw: RawClient, docs: str):
    """The service does not guess a partition."""
    status, _, text = await raw.send("GET", f"{docs}/a")

    assert status == 400
    assert "PartitionKey value must be supplied" in text


async def test_a_partition_key_over_two_kilobytes_is_a_bad_request(raw: RawClient, docs: str):
    """The service's documented limit."""
    body = json.dumps({"id": "a", "pk": "x" * 2049})

    status, _, _ = await raw.send("POST", docs, body, **key("x" * 2049))

    assert status == 400


async def test_a_body_beyond_all_limits_is_too_large(raw: RawClient, docs: str):
    """Ten megabytes are refused without being parsed."""
    status, _, text = await raw.send("POST", docs, b" " * 10_000_000, **key("p"))

    assert status == 413
    assert "RequestEntityTooLarge" in text


@pytest.mark.parametrize("path", ["/dbs//colls/c", "/nothing", "/dbs/a/nothing/b", "/dbs/%FF"])
@pytest.mark.parametrize("method", ["GET", "POST", "PUT", "DELETE", "PATCH", "HEAD"])
async def test_a_path_that_names_nothing_is_refused(raw: RawClient, path: str, method: str):
    """Not found, or not supported, by name."""
    status, _, _ = await raw.send(method, path)

    assert status in {400, 401, 404, 501}


@pytest.mark.parametrize("value", ["x", "-5", "0", "99999999999999999999", ""])
async def test_a_silly_page_size_is_ignored(raw: RawClient, docs: str, value: str):
    """A hint that makes no sense is none."""
    status, _, _ = await raw.send(
        "POST", docs, '{"query":"SELECT * FROM c"}', x_ms_max_item_count=value, **QUERY
    )

    assert status == 200


@pytest.mark.parametrize("body", ["", "[]", "5", '{"operations":5}', '{"operations":[5]}', "{"])
async def test_a_damaged_patch_is_a_bad_request(raw: RawClient, docs: str, body: str):
    """Before the item is even looked for."""
    status, _, _ = await raw.send("PATCH", f"{docs}/a", body, **key("p"))

    assert status == 400


async def test_an_increment_beyond_all_numbers_is_a_bad_request(raw: RawClient, docs: str):
    """Infinity cannot be stored."""
    await raw.send("POST", docs, '{"id":"a","pk":"p","n":1e308}', **key("p"))
    patch = '{"operations":[{"op":"incr","path":"/n","value":1e308}]}'

    status, _, _ = await raw.send("PATCH", f"{docs}/a", patch, **key("p"))

    assert status == 400
