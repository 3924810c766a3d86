"""Endpoints that misbehave, byte by byte."""

import asyncio
import json
from contextlib import asynccontextmanager

import pytest

from tests.emulators.event_grid.conftest import event, topic

INTAKE = "orders/intake"


@asynccontextmanager
async def raw_endpoint(answer):
    """A server that calls *answer* with the headers, the body, and where to write to."""

    async def serve(reader, writer):
        try:
            head = (await reader.readuntil(b"\r\n\r\n")).decode().lower()
            length = int(head.partition("content-length: ")[2].partition("\r\n")[0] or 0)
            await answer(head, await reader.readexactly(length), writer)
        except (ConnectionError, asyncio.IncompleteReadError):
            pass
        finally:
            writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    try:
        port = server.sockets[0].getsockname()[1]
        yield {"name": "intake", "endpoint": f"http://127.0.0.1:{port}/hook"}
    finally:
        server.close()


def validation(body):
    """The answer to a handshake."""
    code = json.loads(body)[0]["data"]["validationCode"]
    text = json.dumps({"validationResponse": code})
    return f"HTTP/1.1 200 OK\r\nContent-Length: {len(text)}\r\n\r\n{text}".encode()


def agreeing(then):
    """An answer that agrees to get events and does *then* with them."""

    async def answer(head, body, writer):
        if "subscriptionvalidation" in head:
            writer.write(validation(body))
            await writer.drain()
        else:
            await then(writer)

    return answer


async def test_an_answer_in_pieces_is_put_together(start):
    """A handshake that is read too early would look like one without the code."""

    async def slowly(_, body, writer):
        for byte in validation(body):
            writer.write(bytes([byte]))
            await writer.drain()

    async with raw_endpoint(slowly) as subscription:
        grid = await start(topic(subscription))

        await grid.settle(INTAKE, state="Succeeded")


async def _hang_up(writer):
    writer.transport.abort()


async def _say_nonsense(writer):
    writer.write(b"220 mail.example ESMTP\r\n")
    await writer.drain()


async def _break_off(writer):
    writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nonly")
    await writer.drain()


@pytest.mark.parametrize("misbehave", [_hang_up, _say_nonsense, _break_off])
async def test_no_proper_answer_is_a_failure_to_be_retried(start, misbehave):
    """The endpoint may be starting, or dying."""
    async with raw_endpoint(agreeing(misbehave)) as subscription:
        grid = await start(topic(subscription))
        await grid.publish(event())

        stats = await grid.settle(INTAKE, failedRequests=1, queued=1)

    assert stats["state"] == "Succeeded"


async def test_an_answer_that_never_ends_counts_by_its_status(start):
    """Nobody reads all of it."""

    async def for_ever(writer):
        writer.write(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
        while True:
            writer.write(b"1000\r\n" + b"x" * 4096 + b"\r\n")
            await writer.drain()

    async with raw_endpoint(agreeing(for_ever)) as subscription:
        grid = await start(topic(subscription))
        await grid.publish(event())

        await grid.settle(INTAKE, delivered=1)


async def test_an_answer_that_drips_counts_as_none(start):
    """The time to answer is for all of it."""

    async def dripping(writer):
        writer.write(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
        while True:
            writer.write(b"1\r\nx\r\n")
            await writer.drain()
            await asyncio.sleep(0.05)

    async with raw_endpoint(agreeing(dripping)) as subscription:
        grid = await start(topic(subscription), response_seconds=0.3)
        await grid.publish(event())

        await grid.settle(INTAKE, failedRequests=1, queued=1)


async def test_a_name_that_resolves_to_nothing_is_told_apart(start):
    """A misspelt host is not a host that is down."""
    grid = await start(topic({"name": "intake", "endpoint": "http://nowhere.invalid/hook"}))

    stats = await grid.settle(INTAKE, state="Pending")
    while not stats["detail"]:
        stats = await grid.stats(INTAKE)

    assert "ResolutionError" in stats["detail"]
