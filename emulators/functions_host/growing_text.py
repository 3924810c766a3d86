"""Texts that workers are sent again and again, longer each time: they keep what they have got.

The host's end is :class:`GrowingText`, the worker's :class:`KeptTexts`. The host says how much it
believes the worker to have; one that has anything else asks for the whole.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from itertools import count
from weakref import WeakKeyDictionary

from azure.functions.meta import Datum
from cachetools import LRUCache

# In characters. A short text is sent sooner than remembered; a long one would drive out others.
_SHORTEST = 16 * 1024
_LONGEST = 16 * 1024 * 1024
_MOST_KEPT = 64 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Continued:
    """A text on its way: *held* characters that the worker has under *key*, *added*, and *rest*.

    *added* is to be kept with the others; *rest* is the end of this time alone.
    """

    key: int
    held: int
    added: str
    rest: str


@dataclass(eq=False, slots=True)
class GrowingText:
    """*opening* and all *parts*, as *write* puts them. The owner of *parts* only appends to them.

    The key is this object's own, so no worker can have another text under it.
    """

    opening: str
    parts: list[str]
    write: Callable[[str], str]
    _key: int = field(default_factory=count().__next__)
    # How many parts, and in how many characters, each living worker was sent.
    _sent: WeakKeyDictionary[object, tuple[int, int]] = field(default_factory=WeakKeyDictionary)

    def message(self, worker: object, rest: str) -> str | Continued:
        """What makes *worker* have the text, with *rest* behind it."""
        parts, held = self._sent.get(worker, (0, 0))
        opening = "" if held else self.opening
        added = opening + "".join(map(self.write, self.parts[parts:]))
        length = held + len(added)
        if length > _LONGEST:
            # Too late to keep a part of it: the next one would go on from that.
            self.forgotten_by(worker)
            return self.message(worker, rest) if held else added + rest
        if length < _SHORTEST:
            return added + rest
        self._sent[worker] = len(self.parts), length
        return Continued(self._key, held, added, rest)

    def forgotten_by(self, worker: object) -> None:
        """Send *worker* all of it, the next time."""
        self._sent.pop(worker, None)


@dataclass(frozen=True, slots=True)
class Ending:
    """A growing text with its end of this time: the value of a Datum that is not yet sent."""

    beginning: GrowingText
    rest: str


class KeptTexts:
    """What a worker has been sent, up to *most* characters; the longest unused go first."""

    def __init__(self, most: int = _MOST_KEPT) -> None:
        self._texts: LRUCache[int, str] = LRUCache(most, getsizeof=len)

    def whole(self, text: Continued) -> str | None:
        """All of *text*; None if what it goes on from is not here."""
        kept = self._texts.pop(text.key, "") if text.held else ""
        if len(kept) != text.held:
            return None
        kept += text.added
        if len(kept) <= self._texts.maxsize:
            self._texts[text.key] = kept
        return kept + text.rest


def to_send(inputs: Mapping[str, Datum], worker: object) -> Mapping[str, Datum]:
    """*inputs* as *worker* is to get them."""
    return {
        name: Datum(one.value.beginning.message(worker, one.value.rest), one.type)
        if isinstance(one.value, Ending)
        else one
        for name, one in inputs.items()
    }


def forget(inputs: Mapping[str, Datum], worker: object) -> None:
    """Have *worker* get *inputs* whole, the next time."""
    for one in inputs.values():
        if isinstance(one.value, Ending):
            one.value.beginning.forgotten_by(worker)


def received(inputs: Mapping[str, Datum], kept: KeptTexts) -> Mapping[str, Datum] | None:
    """Undo :func:`to_send`; None if the worker lacks what was believed to be in *kept*."""
    whole: dict[str, Datum] = {}
    for name, one in inputs.items():
        value = kept.whole(one.value) if isinstance(one.value, Continued) else one.value
        if value is None and one.value is not None:
            return None
        whole[name] = one if value is one.value else Datum(value, one.type)
    return whole
