"""The examples in docs/cost.md: what the command says, quoted."""

import re
import shlex
from collections.abc import Callable
from pathlib import Path

PAGE = Path("docs/cost.md")

_EXAMPLE = re.compile(
    r"(?P<shown>^\$ python3 dev\.py cost (?P<arguments>[^\n]*)\n```\n\n```text\n)"
    r"(?P<output>.*?)(?P<end>\n```$)",
    re.MULTILINE | re.DOTALL,
)


def examples(page: str) -> list[tuple[list[str], str]]:
    """Arguments, and the output that the page shows for them."""
    return [(shlex.split(found["arguments"]), found["output"]) for found in _EXAMPLE.finditer(page)]


def with_examples(page: str, answer: Callable[[list[str]], str]) -> str:
    """*page* with every example as *answer* has it now; the text around them is for people."""

    def anew(found: re.Match[str]) -> str:
        output = answer(shlex.split(found["arguments"])).rstrip("\n")
        return f"{found['shown']}{output}{found['end']}"

    return _EXAMPLE.sub(anew, page)
