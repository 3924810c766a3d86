"""Diagrams in the docs: no browser draws them here, but what breaks them is mostly simple."""

import re
from pathlib import Path

import pytest

PAGES = [Path("README.md"), *sorted(Path("docs").rglob("*.md"))]
BLOCKS = [
    pytest.param(block, id=f"{page.stem}-{number}")
    for page in PAGES
    for number, block in enumerate(re.findall(r"```mermaid\n(.*?)```", page.read_text(), re.DOTALL))
]
KINDS = ("flowchart LR", "flowchart TB", "flowchart TD", "stateDiagram-v2", "sequenceDiagram")
PAIRS = {")": "(", "]": "[", "}": "{"}


def without_texts(block: str) -> str:
    """The structure alone: what is in quotes may hold anything."""
    return re.sub(r'"[^"\n]*"', "", block)


def open_brackets(text: str) -> list[str]:
    """Brackets that nobody has closed, or that close nothing."""
    left: list[str] = []
    for sign in text:
        if sign in PAIRS.values():
            left.append(sign)
        elif sign in PAIRS and (not left or left.pop() != PAIRS[sign]):
            return [sign]
    return left


@pytest.mark.parametrize("block", BLOCKS)
def test_a_diagram_is_of_a_kind_that_there_is(block):
    """A misspelt first line draws nothing but an error."""
    assert block.strip().splitlines()[0].strip() in KINDS


@pytest.mark.parametrize("block", BLOCKS)
def test_quotes_brackets_and_subgraphs_are_closed(block):
    """The usual slip when a label is edited."""
    lines = [line.strip() for line in block.splitlines()]
    opened = sum(line.startswith(("subgraph ", "state ")) and "{" not in line for line in lines)

    assert all(line.count('"') % 2 == 0 for line in lines)
    assert open_brackets(without_texts(block).replace("-->", "")) == []
    assert opened == sum(line == "end" for line in lines)


def test_the_picture_of_azure_shows_every_private_endpoint():
    """A service without a door would be one that the isolated app cannot reach."""
    template = Path("infra/bicep/network-isolation.bicep").read_text()
    page = Path("docs/architecture.md").read_text().partition("## In Azure")[2]

    assert [kind for kind in re.findall(r"groupId: '(\w+)'", template) if kind not in page] == []
