"""Effective partition keys of version 1: of containers whose definition names no version.

MurmurHash3 x86 32 of the whole key, and after the hash the key itself, both in an encoding whose
order as text is the order of the values.
"""

import struct
from typing import Any, Final

_MASK: Final = 2**32 - 1
_SIGN: Final = 2**63
_KEPT_CHARACTERS: Final = 100
_NUMBER: Final = b"\x05"


def _rotated(value: int, bits: int) -> int:
    return (value << bits | value >> (32 - bits)) & _MASK


def _scrambled(block: int) -> int:
    return _rotated(block * 0xCC9E2D51 & _MASK, 15) * 0x1B873593 & _MASK


def murmur3_32(data: bytes) -> int:
    """MurmurHash3 x86 32 of *data* with seed 0."""
    value = 0
    whole = len(data) // 4 * 4
    for (block,) in struct.iter_unpack("<I", data[:whole]):
        value = _rotated(value ^ _scrambled(block), 13) * 5 + 0xE6546B64 & _MASK
    value ^= _scrambled(int.from_bytes(data[whole:], "little")) ^ len(data)
    value = (value ^ value >> 16) * 0x85EBCA6B & _MASK
    value = (value ^ value >> 13) * 0xC2B2AE35 & _MASK
    return value ^ value >> 16


def ordered_number(number: float) -> bytes:
    """A double such that more is later: a byte, then seven bits to each, the last bit for more."""
    (bits,) = struct.unpack(">Q", struct.pack(">d", number))
    payload = bits ^ _SIGN if bits < _SIGN else -bits & 2**64 - 1
    encoded = bytearray([payload >> 56])
    payload = payload << 8 & 2**64 - 1
    while payload:
        encoded.append(payload >> 56 | 1)
        payload = payload << 7 & 2**64 - 1
    # Without the low bit the last byte says that it is the last.
    if len(encoded) > 1:
        encoded[-1] &= 0xFE
    else:
        encoded.append(0)
    return _NUMBER + bytes(encoded)


def _ordered(component: Any) -> bytes:
    if component is None:
        return b""  # as the SDKs do
    if isinstance(component, bool):
        return b"\x03" if component else b"\x02"
    if isinstance(component, str):
        raw = component.encode()
        kept = bytes(byte + 1 for byte in raw[: _KEPT_CHARACTERS + 1])
        return b"\x08" + (kept + b"\x00" if len(raw) <= _KEPT_CHARACTERS else kept)
    return b"\x00" if isinstance(component, dict) else ordered_number(float(component))


def _hashed(component: Any) -> bytes:
    if component is None:
        return b"\x01"
    if isinstance(component, str):
        return b"\x08" + component.encode() + b"\x00"
    if isinstance(component, (bool, dict)):
        return _ordered(component)
    return _NUMBER + struct.pack("<d", component)


def effective_key(components: list[Any]) -> str:
    """The effective partition key of the values of a key."""
    values = [value[:_KEPT_CHARACTERS] if isinstance(value, str) else value for value in components]
    number = murmur3_32(b"".join(map(_hashed, values)))
    encoded = ordered_number(float(number)) + b"".join(map(_ordered, values))
    return encoded.hex().upper()
