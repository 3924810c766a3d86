"""Bicep source, cut into tokens; strings keep the tokens of what they interpolate."""

import re
from dataclasses import dataclass

_TOKEN = re.compile(
    r"""
    (?P<space>[ \t\r]+|//[^\n]*|/\*.*?\*/)
  | (?P<line>\n)
  | (?P<name>[A-Za-z_]\w*)
  | (?P<number>\d+)
  | (?P<mark>=>|==|!=|<=|>=|&&|\|\||\?\?|\.\?|::|[-+*/%!<>=?:.,()\[\]{}@|])
    """,
    re.VERBOSE | re.DOTALL,
)
_ESCAPE = re.compile(r"\\(?:u\{([0-9a-fA-F]+)\}|(.))")
_ESCAPED = {"n": "\n", "r": "\r", "t": "\t", "'": "'", "\\": "\\", "$": "$"}


class BicepError(Exception):
    """Something that Bicep has no such form for, or this reader does not know."""


@dataclass(frozen=True, slots=True)
class Token:
    """``kind`` is one of name, number, mark, line, string and end; a string has ``parts``."""

    kind: str
    text: str
    at: int
    parts: "tuple[str | list[Token], ...]" = ()


def tokens_of(source: str) -> list[Token]:
    """All of *source*."""
    found, at = _until(source, 0, closing="")
    return [*found, Token("end", "", at)]


def _until(source: str, at: int, closing: str) -> tuple[list[Token], int]:
    found: list[Token] = []
    depth = 0
    while at < len(source):
        if source[at] == "'":
            token, at = _string(source, at)
            found.append(token)
            continue
        match = _TOKEN.match(source, at)
        if not match:
            raise BicepError(f"line {line_of(source, at)}: what is {source[at]!r}?")
        text = match.group()
        if text == closing and not depth:
            return found, at
        depth += (text == "{") - (text == "}")
        if match.lastgroup != "space":
            found.append(Token(str(match.lastgroup), text, at))
        at = match.end()
    return found, at


def _string(source: str, start: int) -> tuple[Token, int]:
    if source.startswith("'''", start):
        end = source.index("'''", start + 3)
        text = source[start + 3 : end].removeprefix("\n")
        return Token("string", text, start, (text,)), end + 3
    parts: list[str | list[Token]] = []
    at = literal = start + 1
    while source[at] != "'":
        if source[at] == "\\":
            at += 2
        elif source.startswith("${", at):
            parts.append(_unescaped(source[literal:at]))
            inner, at = _until(source, at + 2, closing="}")
            parts.append([*inner, Token("end", "", at)])
            at = literal = at + 1
        elif source[at] == "\n":
            raise BicepError(f"line {line_of(source, start)}: a string that does not end")
        else:
            at += 1
    parts.append(_unescaped(source[literal:at]))
    return Token("string", source[start + 1 : at], start, tuple(parts)), at + 1


def _unescaped(text: str) -> str:
    return _ESCAPE.sub(lambda it: chr(int(it[1], 16)) if it[1] else _ESCAPED[it[2]], text)


def line_of(source: str, at: int) -> int:
    """The line that position *at* is in."""
    return source.count("\n", 0, at) + 1
