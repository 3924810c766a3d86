"""Leafs through lists, forwards and back."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Generic, Protocol, TypeVar

PAGE_ROWS: Final = 50
T = TypeVar("T")
T_co = TypeVar("T_co", covariant=True)


class Look(Protocol[T_co]):
    """Finds up to *top* rows from the one after *place*; *back* means in the other direction."""

    def __call__(self, place: str, *, back: bool, top: int) -> Sequence[T_co]: ...


@dataclass(frozen=True, slots=True)
class Page(Generic[T]):
    """Rows, and whether there are others *before* and *after* them."""

    rows: Sequence[T]
    before: bool
    after: bool


def turn_to(look: Look[T], *, before: str, after: str) -> Page[T]:
    """The page that ends *before* a place or begins *after* one.

    One that leads back beyond the beginning is the first.
    """
    top = PAGE_ROWS + 1
    if before:
        found = look(before, back=True, top=top)
        if len(found) > PAGE_ROWS:
            return Page(found[PAGE_ROWS - 1 :: -1], before=True, after=True)
    found = look(after, back=False, top=top)
    return Page(found[:PAGE_ROWS], before=bool(after), after=len(found) > PAGE_ROWS)
