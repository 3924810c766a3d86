"""Messages between the host and its workers: pickles behind their length, over one connection."""

import asyncio
import hmac
import pickle
import struct
from collections.abc import Callable
from typing import Any, cast

_LENGTH = struct.Struct("!Q")


class Channel(asyncio.Protocol):
    """One end of the connection. Both are this program, run by one user.

    With *secret*, nothing is unpickled before the other end has sent it: any process on the
    machine can connect to a loopback port.
    """

    def __init__(
        self,
        receive: Callable[[Any], None],
        lost: Callable[[], None],
        secret: bytes = b"",
    ) -> None:
        self._receive = receive
        self._lost = lost
        self._secret = secret
        self._buffer = bytearray()
        self._transport: asyncio.Transport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)

    def data_received(self, data: bytes) -> None:
        self._buffer += data
        if self._secret and not self._is_trusted():
            return
        while (message := self._next_frame()) is not None:
            self._receive(pickle.loads(message))  # noqa: S301  # from our own process, see above

    def connection_lost(self, _: Exception | None) -> None:
        # A stranger that never knew the secret is no loss.
        if not self._secret:
            self._lost()

    def send_secret(self, secret: bytes) -> None:
        """Say who this is; the first thing a worker sends."""
        self._write(secret)

    def send(self, message: object) -> None:
        """Send *message*; if the connection is lost, the other end is gone and needs nothing."""
        self.send_frame(pack(message))

    def send_frame(self, frame: bytes) -> None:
        """Send what :func:`pack` made."""
        self._write(_LENGTH.pack(len(frame)) + frame)

    def close(self) -> None:
        """Close after what was sent."""
        if self._transport is not None:
            self._transport.close()

    def _write(self, data: bytes) -> None:
        if self._transport is not None and not self._transport.is_closing():
            self._transport.write(data)

    def _is_trusted(self) -> bool:
        size = len(self._secret)
        if len(self._buffer) < size:
            return False
        if not hmac.compare_digest(bytes(self._buffer[:size]), self._secret):
            self.close()
            self._buffer.clear()
            return False
        del self._buffer[:size]
        self._secret = b""
        return True

    def _next_frame(self) -> bytearray | None:
        if len(self._buffer) < _LENGTH.size:
            return None
        (size,) = _LENGTH.unpack_from(self._buffer)
        end = _LENGTH.size + size
        if len(self._buffer) < end:
            return None
        frame = self._buffer[_LENGTH.size : end]
        del self._buffer[:end]
        return frame


def pack(message: object) -> bytes:
    """*message* as :meth:`Channel.send_frame` sends it; may be called on any thread."""
    return pickle.dumps(message, protocol=pickle.HIGHEST_PROTOCOL)
