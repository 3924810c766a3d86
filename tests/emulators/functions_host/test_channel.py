"""The connection between host and worker: whole messages, and from nobody else."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest

from emulators.functions_host.channel import Channel
from emulators.serving import LOOPBACK

SECRET = b"a secret of the host"


class Wire:
    """A host's end, listening on *port*, and what it has received and lost."""

    def __init__(self) -> None:
        self.received: asyncio.Queue[Any] = asyncio.Queue()
        self.lost = asyncio.Event()
        self.port = 0

    def channel(self) -> Channel:
        return Channel(self.received.put_nowait, self.lost.set, SECRET)


@pytest.fixture
async def wire() -> AsyncIterator[Wire]:
    """A host's end."""
    wire = Wire()
    server = await asyncio.get_running_loop().create_server(wire.channel, LOOPBACK, 0)
    wire.port = server.sockets[0].getsockname()[1]
    yield wire
    server.close()


async def connect(port: int) -> Channel:
    """A worker's end."""
    channel = Channel(lambda _: None, lambda: None)
    await asyncio.get_running_loop().create_connection(lambda: channel, LOOPBACK, port)
    return channel


async def test_delivers_messages_whole_and_in_order(wire: Wire):
    """A large body arrives in many pieces, and small messages many at a time."""
    channel = await connect(wire.port)

    channel.send_secret(SECRET)
    sent = [b"x" * 5_000_000, "small", {"n": 1}, None]
    for message in sent:
        channel.send(message)

    assert [await wire.received.get() for _ in sent] == sent
    channel.close()


async def test_reads_nothing_from_strangers(wire: Wire):
    """A pickle can run code, and any process of the machine can find the port."""
    reader, writer = await asyncio.open_connection(LOOPBACK, wire.port)

    writer.write(b"GET /_emulator/health HTTP/1.1\r\nHost: localhost\r\n\r\n")

    assert await reader.read() == b""
    assert wire.received.empty()
    assert not wire.lost.is_set()
    writer.close()


async def test_tells_when_the_other_end_is_gone(wire: Wire):
    """What was asked of a dead worker is asked of another one."""
    channel = await connect(wire.port)
    channel.send_secret(SECRET)
    channel.send("hello")
    await wire.received.get()

    channel.close()

    await wire.lost.wait()
