"""Full-text search: words without regard to case, phrases, and the BM25 score."""

import math
import re
from collections.abc import Sequence
from functools import lru_cache
from typing import Final

from emulators.cosmos.sql.registry import anything, array, built_in, number, string
from emulators.cosmos.sql.values import Value

SCORE: Final = "_FULLTEXTSCORE"
WORD_COUNT: Final = "_FULLTEXTWORDCOUNT"
CONTAINS: Final = "FULLTEXTCONTAINS"
# The usual constants of BM25: how soon repetition saturates, how much long texts are discounted.
_SATURATION: Final = 1.2
_LENGTH_DISCOUNT: Final = 0.75
_WORD: Final = re.compile(r"\w+")


@lru_cache(maxsize=4096)
def words(text: str) -> tuple[str, ...]:
    """The words of *text*. Unlike the service we neither stem them nor drop frequent ones."""
    return tuple(_WORD.findall(text.casefold()))


def occurrences(text: Value, term: Value) -> int:
    """How often the words of *term* follow each other in *text*."""
    if type(text) is not str or type(term) is not str:
        return 0
    found, phrase = words(text), words(term)
    if not phrase:
        return 0
    starts = range(len(found) - len(phrase) + 1)
    return sum(found[at : at + len(phrase)] == phrase for at in starts)


@built_in(CONTAINS, string, string)
def _contains(text: str, term: str) -> bool:
    return occurrences(text, term) > 0


@built_in("FULLTEXTCONTAINSALL", string, string, rest=string)
def _contains_all(text: str, *terms: str) -> bool:
    return all(occurrences(text, term) for term in terms)


@built_in("FULLTEXTCONTAINSANY", string, string, rest=string)
def _contains_any(text: str, *terms: str) -> bool:
    return any(occurrences(text, term) for term in terms)


@built_in(WORD_COUNT, string)
def word_count(text: str) -> int:
    """How many words *text* has."""
    return len(words(text))


@built_in(SCORE, anything, array, number, number, array)
def score(
    text: Value, terms: Sequence[Value], documents: float, all_words: float, hits: Sequence[Value]
) -> float:
    """BM25 of *text* among *documents* that have *all_words* together; *hits* have each term."""
    if type(text) is not str or not documents or not all_words:
        return 0.0
    discount = 1 - _LENGTH_DISCOUNT + _LENGTH_DISCOUNT * len(words(text)) * documents / all_words
    total = 0.0
    for term, having in zip(terms, hits, strict=False):
        count = occurrences(text, term)
        rarity = math.log(1 + (documents - having + 0.5) / (having + 0.5))
        total += rarity * count * (_SATURATION + 1) / (count + _SATURATION * discount)
    return total
