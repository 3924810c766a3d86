"""The checklist is answered in full, by the framework's own codes."""

import re
from pathlib import Path

import pytest

PAGE = Path("docs/well-architected.md").read_text(encoding="utf-8")
LINES = re.findall(r"^\| \w\w:\d\d \|.*\|$", PAGE, re.MULTILINE)
ROWS = {cells[1]: cells for cells in ([cell.strip() for cell in line.split("|")] for line in LINES)}
# learn.microsoft.com/azure/well-architected: the design review checklist of each pillar.
LENGTHS = {"RE": 10, "SE": 12, "CO": 14, "OE": 12, "PE": 12}


@pytest.mark.parametrize(("pillar", "points"), LENGTHS.items())
def test_every_point_of_a_pillar_is_answered(pillar, points):
    """A point that is left out looks like one that is met."""
    answered = [code for code in ROWS if code.startswith(pillar)]

    assert answered == [f"{pillar}:{number:02}" for number in range(1, points + 1)]


@pytest.mark.parametrize("code", ROWS)
def test_what_is_met_in_part_says_what_is_missing(code):
    """Whoever reads only the marks must be able to trust them."""
    _, _, _, mark, _, where, missing, _ = ROWS[code]

    assert mark in "●◐○"
    assert mark == "●" or missing
    assert mark != "●" or where


def test_files_that_are_named_exist():
    """An answer that points nowhere is none."""
    named = re.findall(
        r"`((?:tests|infra|docs|\.github)/[\w./-]+|\w+\.(?:md|toml|py)|\.funcignore)`", PAGE
    )

    assert [name for name in named if not Path(name).exists()] == []
