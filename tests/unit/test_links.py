"""Links to a place within a page; those to whole pages are in test_docs.py."""

import re
from pathlib import Path

import pytest

PAGES = [*Path().glob("*.md"), *sorted(Path("docs").rglob("*.md"))]
LINKS = [
    pytest.param(page, target, id=f"{page.stem}: {target}")
    for page in PAGES
    for target in re.findall(r"\]\(([^):]*#[^):]+)\)", page.read_text(encoding="utf-8"))
]


def anchors(page: Path) -> set[str]:
    """The names that GitHub gives to the headings of a page."""
    text = re.sub(r"```.*?```", "", page.read_text(encoding="utf-8"), flags=re.DOTALL)
    headings = re.findall(r"^#+ (.*)$", text, re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


@pytest.mark.parametrize(("page", "target"), LINKS)
def test_a_link_into_a_page_finds_its_heading(page, target):
    """A renamed heading leaves the reader at the top of a long page."""
    file, _, anchor = target.partition("#")

    assert anchor in anchors(page.parent / file if file else page)
