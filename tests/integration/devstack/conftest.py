from pathlib import Path

import pytest

from devstack.retail import HEADER

# crc32("100") and crc32("116") decide: the first card is good, the second is declined.
GOOD, DECLINED = "100", "116"
ROWS = [
    f"{GOOD},MUG,Mug,2,2011-01-04,2.50,17850,France",
    f"{GOOD},mug,Mug,1,2011-01-04,2.50,17850,France",
    f"{GOOD},POST,Postage,1,2011-01-04,18.0,17850,France",
    f"{DECLINED},CUP,Cup,1,2011-01-04,1.00,,France",
    "C103,MUG,Mug,-1,2011-01-04,2.50,17850,France",
]


@pytest.fixture
def orders(tmp_path: Path) -> Path:
    """A file with one good order, one that cannot be paid, and two rows that are no orders."""
    path = tmp_path / "orders.csv"
    path.write_text("\n".join([",".join(HEADER), *ROWS]) + "\n")
    return path
