"""docs/cost.md shows what the command really says."""

import pytest

from costs.command import answer
from costs.examples import PAGE, examples, with_examples

EXAMPLES = examples(PAGE.read_text(encoding="utf-8"))


def test_there_are_examples():
    """Else the next test says nothing."""
    assert len(EXAMPLES) == 2


@pytest.mark.parametrize(("arguments", "shown"), EXAMPLES)
def test_the_page_shows_what_the_command_says(arguments, shown):
    """After a new measurement, price or rule the figures are others."""
    assert answer(arguments).rstrip("\n") == shown


def test_only_examples_are_written_anew():
    """The advice around them is for people to write."""
    example = "```console\n$ python3 dev.py cost --lines 5\n```\n\n```text\nold\n```\n"
    page = f"An old text before.\n\n{example}\nAn old text after.\n"

    written = with_examples(page, lambda arguments: f"{' '.join(arguments)}: new\n")

    assert written == page.replace("\nold\n", "\n--lines 5: new\n")
