"""How many index terms a document has: what a write is charged for."""

from typing import Any

import pytest

from emulators.cosmos.indexing import DEFAULT_POLICY, Index

DOCUMENT = {
    "id": "a",
    "address": {"city": "Oslo", "lines": ["Main street", "2"]},
    "tags": [{"name": "x", "rank": 1}, {"name": "y", "rank": 2}],
    "_etag": "e",
}


def paths(*included: str, excluded: tuple[str, ...] = ()) -> dict[str, Any]:
    """A policy of these paths."""
    return {
        "includedPaths": [{"path": path} for path in included],
        "excludedPaths": [{"path": path} for path in excluded],
    }


@pytest.mark.parametrize(
    ("policy", "terms"),
    [
        (DEFAULT_POLICY, 8),
        ({"indexingMode": "none", **paths("/*")}, 0),
        (paths("/", excluded=("/address/*",)), 6),
        (paths("/address/city/?", excluded=("/*",)), 1),
        (paths("/tags/[]/name/?", excluded=("/*",)), 2),
        (paths("/*", excluded=("/address/*", "/tags/[]/rank/?")), 4),
        (paths("/address/lines/*", excluded=("/address/*",)), 2),
        # A path to a scalar says nothing of an object that is there instead.
        (paths("/*", excluded=("/address/?",)), 9),
        (paths("/address/?", excluded=("/*",)), 0),
    ],
)
def test_the_more_specific_path_decides(policy: dict[str, Any], terms: int):
    """Leaving a path out of the index must show in what a write costs, as it does in the cloud."""
    index = Index(policy)

    assert index.terms(DOCUMENT) == terms
