"""From the text of a delivery to events that say something, and those that never will."""

from collections.abc import Iterable
from dataclasses import dataclass

from shared.application.events.envelope import Envelope, read, split
from shared.application.events.messages import check_age, message_of
from shared.application.ports import Clock, Judgement, Verdict
from shared.application.submission import Message
from shared.domain.errors import MalformedEvent

MAX_EVENT_BYTES = 512 * 1024


@dataclass(frozen=True, slots=True)
class Event:
    """An event that says something we understand."""

    original: bytes
    envelope: Envelope
    message: Message


@dataclass(frozen=True, slots=True)
class Poison:
    """An event that says nothing we understand."""

    original: bytes
    envelope: Envelope | None
    why: MalformedEvent

    @property
    def verdict(self) -> Verdict:
        """Never going to work."""
        return Verdict(Judgement.POISON, self.why.code, str(self.why))


class Understanding:
    """Reads events of known sources and of our time."""

    def __init__(self, sources: frozenset[str], clock: Clock) -> None:
        self._sources = sources
        self._clock = clock

    def all_of(self, delivery: str) -> Iterable[Event | Poison]:
        """The events of a delivery, in its order."""
        try:
            texts = list(split(delivery))
        except MalformedEvent as malformed:
            return [Poison(_bytes(delivery), None, malformed)]
        return [self.one(_bytes(text)) for text in texts]

    def one(self, original: bytes) -> Event | Poison:
        """A single event."""
        envelope = None
        try:
            _check_size(original)
            envelope = read(original.decode("utf-8", "surrogatepass"))
            self._check_source(envelope)
            check_age(envelope, self._clock())
            return Event(original, envelope, message_of(envelope))
        except UnicodeDecodeError as error:
            return Poison(original, None, MalformedEvent("not-json", f"it is no UTF-8: {error}"))
        except MalformedEvent as malformed:
            return Poison(original, envelope, malformed)

    def _check_source(self, envelope: Envelope) -> None:
        if envelope.source not in self._sources:
            detail = f"events of {envelope.source} are not taken in here"
            raise MalformedEvent("unknown-source", detail)


def _check_size(original: bytes) -> None:
    if len(original) > MAX_EVENT_BYTES:
        detail = f"it has {len(original)} bytes; at most {MAX_EVENT_BYTES} are taken"
        raise MalformedEvent("too-large", detail)


def _bytes(text: str) -> bytes:
    # Lone surrogates are legal in JSON text and have no UTF-8; they are kept as they came.
    return text.encode("utf-8", "surrogatepass")
