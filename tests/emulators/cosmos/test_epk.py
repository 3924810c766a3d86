"""The hash of a partition key agrees with the SDK's."""

import json
from typing import Any

import pytest
from azure.cosmos import PartitionKey
from hypothesis import given
from hypothesis import strategies as st

from emulators.cosmos.epk import effective_key

COMPONENT = st.one_of(
    st.none(),
    st.booleans(),
    st.text(max_size=80),
    st.integers(-(2**53), 2**53),
    st.floats(allow_nan=False, allow_infinity=False),
)


@given(COMPONENT)
def test_one_level_hashes_as_the_sdk_does(value: Any):
    """Otherwise a feed range would select other items than the client means."""
    theirs = PartitionKey("/pk")._get_epk_range_for_partition_key(value).min

    assert effective_key(json.dumps([value])) == theirs


# Clients make other whole numbers fit 32 bits before they hash them, the service does not.
V1_COMPONENT = st.one_of(
    st.none(),
    st.booleans(),
    st.text(max_size=120),
    st.integers(0, 2**32 - 1),
    st.floats(allow_nan=False, allow_infinity=False).filter(lambda number: number % 1 != 0),
)


@given(V1_COMPONENT)
def test_version_1_hashes_as_the_sdk_does(value: Any):
    """Containers of old, and those made by tools that name no version, have feed ranges too."""
    theirs = PartitionKey("/pk", version=1)._get_epk_range_for_partition_key([value]).min

    assert effective_key(json.dumps([value]), 1) == theirs.upper()


@given(st.lists(COMPONENT, min_size=2, max_size=2))
def test_two_levels_hash_as_the_sdk_does(values: list[Any]):
    """Each level by itself, so that a prefix of the key is a prefix of the hash."""
    definition = PartitionKey(["/a", "/b"], kind="MultiHash")
    theirs = definition._get_epk_range_for_partition_key(values).min

    assert effective_key(json.dumps(values)) == theirs


@pytest.mark.parametrize("length", [15, 16, 17, 31, 32, 33])
def test_every_length_of_the_last_block_hashes_as_the_sdk_does(length: int):
    """Where implementations of the hash usually differ."""
    theirs = PartitionKey("/pk")._get_epk_range_for_partition_key("x" * length).min

    assert effective_key(json.dumps(["x" * length])) == theirs
