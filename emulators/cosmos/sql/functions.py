"""Built-in functions: type checks, strings and patterns."""

import json
import math
import re
from functools import lru_cache

from emulators.cosmos.sql.errors import SqlError
from emulators.cosmos.sql.registry import (
    anything,
    boolean,
    built_in,
    defined,
    number,
    string,
)
from emulators.cosmos.sql.values import UNDEFINED, Value, is_number

for _name, _types in {
    "IS_ARRAY": (list,),
    "IS_BOOL": (bool,),
    "IS_NULL": (type(None),),
    "IS_NUMBER": (int, float),
    "IS_OBJECT": (dict,),
    "IS_PRIMITIVE": (type(None), bool, int, float, str),
    "IS_STRING": (str,),
}.items():
    built_in(_name, anything)(lambda value, types=_types: type(value) in types)


@built_in("IS_DEFINED", anything)
def _is_defined(value: Value) -> bool:
    return value is not UNDEFINED


@built_in("IS_FINITE_NUMBER", anything)
def _is_finite_number(value: Value) -> bool:
    return is_number(value) and math.isfinite(value)


@built_in("IS_INTEGER", anything)
def _is_integer(value: Value) -> bool:
    return is_number(value) and float(value).is_integer()


built_in("LOWER", string)(str.lower)
built_in("UPPER", string)(str.upper)
built_in("LENGTH", string)(len)
built_in("REVERSE", string)(lambda text: text[::-1])
built_in("CONCAT", string, string, rest=string)(lambda *texts: "".join(texts))
built_in("REPLACE", string, string, string)(str.replace)


def _folded(text: str, ignore_case: bool) -> str:
    return text.casefold() if ignore_case else text


@built_in("STARTSWITH", string, string, boolean, optional=1)
def _starts_with(text: str, part: str, ignore_case: bool = False) -> bool:
    return _folded(text, ignore_case).startswith(_folded(part, ignore_case))


@built_in("ENDSWITH", string, string, boolean, optional=1)
def _ends_with(text: str, part: str, ignore_case: bool = False) -> bool:
    return _folded(text, ignore_case).endswith(_folded(part, ignore_case))


@built_in("CONTAINS", string, string, boolean, optional=1)
def _contains(text: str, part: str, ignore_case: bool = False) -> bool:
    return _folded(part, ignore_case) in _folded(text, ignore_case)


@built_in("STRINGEQUALS", string, string, boolean, optional=1)
def _string_equals(text: str, other: str, ignore_case: bool = False) -> bool:
    return _folded(text, ignore_case) == _folded(other, ignore_case)


@built_in("INDEX_OF", string, string, number, optional=1)
def _index_of(text: str, part: str, start: float = 0) -> int:
    return text.find(part, max(0, int(start)))


@built_in("SUBSTRING", string, number, number)
def _substring(text: str, start: float, length: float) -> str:
    first = max(0, int(start))
    return text[first : first + max(0, int(length))]


@built_in("LEFT", string, number)
def _left(text: str, length: float) -> str:
    return text[: max(0, int(length))]


@built_in("RIGHT", string, number)
def _right(text: str, length: float) -> str:
    return text[max(0, len(text) - max(0, int(length))) :]


# The service trims spaces by default; a second argument names the characters instead.
built_in("TRIM", string, string, optional=1)(lambda text, chars=" ": text.strip(chars))
built_in("LTRIM", string, string, optional=1)(lambda text, chars=" ": text.lstrip(chars))
built_in("RTRIM", string, string, optional=1)(lambda text, chars=" ": text.rstrip(chars))


@built_in("REPLICATE", string, number)
def _replicate(text: str, times: float) -> Value:
    # The service's documented limit of a result is 10 000 characters.
    if times < 0 or len(text) * times > 10_000:
        return UNDEFINED
    return text * int(times)


@built_in("STRINGSPLIT", string, string)
def _string_split(text: str, separator: str) -> Value:
    return text.split(separator) if separator else UNDEFINED


@built_in("TOSTRING", defined)
def _to_string(value: Value) -> str:
    if type(value) is str:
        return value
    return json.dumps(value, separators=(",", ":"), ensure_ascii=False)


def _parsed(text: str, *types: type) -> Value:
    try:
        value = json.loads(text)
    except (ValueError, RecursionError):
        return UNDEFINED
    return value if type(value) in types else UNDEFINED


built_in("STRINGTONUMBER", string)(lambda text: _parsed(text, int, float))
built_in("STRINGTOBOOLEAN", string)(lambda text: _parsed(text, bool))
built_in("STRINGTOARRAY", string)(lambda text: _parsed(text, list))
built_in("STRINGTOOBJECT", string)(lambda text: _parsed(text, dict))
built_in("STRINGTONULL", string)(lambda text: _parsed(text, type(None)))

_FLAGS = {"i": re.IGNORECASE, "m": re.MULTILINE, "s": re.DOTALL, "x": re.VERBOSE}


@lru_cache(maxsize=512)
def _pattern(pattern: str, flags: str) -> re.Pattern[str]:
    try:
        return re.compile(pattern, sum(_FLAGS[flag] for flag in set(flags)))
    except (re.error, KeyError, RecursionError) as error:
        raise SqlError(f"The regular expression {pattern!r} is not supported: {error}") from error


@built_in("REGEXMATCH", string, string, string, optional=1)
def _regex_match(text: str, pattern: str, flags: str = "") -> bool:
    return _pattern(pattern, flags).search(text) is not None


@lru_cache(maxsize=512)
def like_pattern(pattern: str, escape: str | None) -> re.Pattern[str]:
    """The regular expression of a LIKE pattern: ``%`` any run, ``_`` one, ``[a-z]``, ``[^a-z]``."""
    pieces: list[str] = []
    position = 0
    while position < len(pattern):
        piece, position = _like_piece(pattern, position, escape)
        pieces.append(piece)
    try:
        return re.compile("".join(pieces), re.DOTALL)
    except re.error as error:
        raise SqlError(f"The LIKE pattern {pattern!r} is not valid: {error}") from error


def _like_piece(pattern: str, at: int, escape: str | None) -> tuple[str, int]:
    character = pattern[at]
    if escape and character == escape and at + 1 < len(pattern):
        return re.escape(pattern[at + 1]), at + 2
    if character == "[" and (end := pattern.find("]", at + 1)) > at + 1:
        return pattern[at : end + 1].replace("\\", "\\\\"), end + 1
    return {"%": ".*", "_": "."}.get(character, re.escape(character)), at + 1
