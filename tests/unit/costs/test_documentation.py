"""docs/cost.md shows what the command really says."""

import re
import shlex
from pathlib import Path

import pytest

from costs.command import main

PAGE = Path("docs/cost.md").read_text(encoding="utf-8")
EXAMPLE = r"^\$ python3 dev\.py cost ([^\n]*)\n```\n\n```text\n(.*?)\n```$"
EXAMPLES = re.findall(EXAMPLE, PAGE, re.MULTILINE | re.DOTALL)


def test_there_are_examples():
    """Else the next test says nothing."""
    assert len(EXAMPLES) == 2


@pytest.mark.parametrize(("arguments", "shown"), EXAMPLES)
def test_the_page_shows_what_the_command_says(arguments, shown, capsys):
    """After a new measurement, price or rule the figures are others."""
    main(shlex.split(arguments))

    assert capsys.readouterr().out.rstrip("\n") == shown
