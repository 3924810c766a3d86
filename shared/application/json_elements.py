"""The elements of a JSON array, each with the text it has there.

Written anew, an event would lose its spelling: of numbers, escapes, repeated names. And whoever
looks for what went wrong needs to see what was sent.
"""

import json
import re
from collections.abc import Iterator
from typing import Any

# Numbers stay the text they are: only where a value ends matters, and no number is too long.
_DECODER = json.JSONDecoder(parse_int=str, parse_float=str)

_SPACE = r"[ \t\n\r]*"
_BEFORE_FIRST = re.compile(rf"{_SPACE}\[{_SPACE}(?P<end>\]{_SPACE}\Z)?")
_AFTER_EACH = re.compile(rf"{_SPACE}(?:,{_SPACE}|(?P<end>\]{_SPACE}\Z))")


def is_array(text: str) -> bool:
    """Whether *text* begins as a JSON array does."""
    return _BEFORE_FIRST.match(text) is not None


def elements(text: str) -> Iterator[tuple[Any, str]]:
    """The values of a JSON array, numbers as text, each with its own text.

    Raises:
        ValueError: it is none, or is nested too deeply to be read.
    """
    gap = _BEFORE_FIRST.match(text)
    while gap and not gap["end"]:
        value, end = _decoded(text, gap.end())
        yield value, text[gap.end() : end]
        gap = _AFTER_EACH.match(text, end)
    if gap is None:
        raise ValueError("it is no JSON array")


def _decoded(text: str, position: int) -> tuple[Any, int]:
    try:
        return _DECODER.raw_decode(text, position)
    except RecursionError:
        raise ValueError("it is nested too deeply") from None
