"""Effective partition keys: where a partition key falls in the hash space of a container.

Clients name part of a container (a feed range, the prefix of a hierarchical key) by an interval of
these. Here is version 2, MurmurHash3 x64 128: the top two bits are clear, so that FF is above all.
"""

import struct
from functools import lru_cache
from typing import Any, Final

from emulators.cosmos import epk_v1
from emulators.cosmos.partition import components_of

_MASK: Final = 2**64 - 1
_C1: Final = 0x87C37B91114253D5
_C2: Final = 0x4CF5AD432745937F


def _rotated(value: int, bits: int) -> int:
    return (value << bits | value >> (64 - bits)) & _MASK


def _mixed(value: int) -> int:
    value ^= value >> 33
    value = value * 0xFF51AFD7ED558CCD & _MASK
    value ^= value >> 33
    value = value * 0xC4CEB9FE1A85EC53 & _MASK
    return value ^ value >> 33


def _scrambled_low(block: int) -> int:
    return _rotated(block * _C1 & _MASK, 31) * _C2 & _MASK


def _scrambled_high(block: int) -> int:
    return _rotated(block * _C2 & _MASK, 33) * _C1 & _MASK


def murmur3(data: bytes) -> bytes:
    """MurmurHash3 x64 128 of *data* with seed 0, its two halves little-endian."""
    low = high = 0
    whole = len(data) // 16 * 16
    for at in range(0, whole, 16):
        first, second = struct.unpack_from("<QQ", data, at)
        low = _rotated(low ^ _scrambled_low(first), 27) + high & _MASK
        low = low * 5 + 0x52DCE729 & _MASK
        high = _rotated(high ^ _scrambled_high(second), 31) + low & _MASK
        high = high * 5 + 0x38495AB5 & _MASK
    first, second = struct.unpack("<QQ", data[whole:].ljust(16, b"\0"))
    low ^= _scrambled_low(first) ^ len(data)
    high ^= _scrambled_high(second) ^ len(data)
    low = low + high & _MASK
    high = high + low & _MASK
    low, high = _mixed(low), _mixed(high)
    low = low + high & _MASK
    return struct.pack("<QQ", low, high + low & _MASK)


def _encoded(component: Any) -> bytes:
    if component is None:
        return b"\x01"
    if isinstance(component, bool):
        return b"\x03" if component else b"\x02"
    if isinstance(component, str):
        return b"\x08" + component.encode() + b"\xff"
    if isinstance(component, dict):
        return b"\x00"
    return b"\x05" + struct.pack("<d", component)


def _hashed(data: bytes) -> str:
    digest = bytearray(reversed(murmur3(data)))
    digest[0] &= 0x3F
    return digest.hex().upper()


@lru_cache(maxsize=65_536)
def effective_key(key: str, version: int = 2) -> str:
    """The effective partition key of a canonical key; each level of a hierarchy hashes alone."""
    components = components_of(key)
    if version == 1:
        return epk_v1.effective_key(components)
    return "".join(_hashed(_encoded(component)) for component in components)
