"""Pages of the change feed, and documents in them that cannot be read."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

import structlog

from shared.application.ports import Clock, Letters
from shared.domain.letter import Letter, LetterState, letter_id

Item = TypeVar("Item")

_log = structlog.get_logger(__name__)

ORIGIN = "relay"
UNREADABLE = "unreadable-document"


@dataclass(frozen=True, slots=True)
class Unreadable:
    """A document that is not what its id says."""

    order_id: str
    document_id: str
    fault: str


@dataclass(frozen=True, slots=True)
class FeedPage(Generic[Item]):
    """Documents of one kind, in the order of the feed."""

    items: Sequence[Item]
    unreadable: Sequence[Unreadable] = ()


class SetAside:
    """Keep a letter for each unreadable document, so that its page can go on. Repeatable."""

    def __init__(self, letters: Letters, clock: Clock) -> None:
        self._letters = letters
        self._clock = clock

    async def __call__(self, documents: Sequence[Unreadable]) -> None:
        for document in documents:
            await self._keep(document)

    async def _keep(self, document: Unreadable) -> None:
        event_id = f"{document.order_id}/{document.document_id}"
        letter = Letter(
            id=letter_id(None, ORIGIN, event_id),
            state=LetterState.DEAD,
            reason=UNREADABLE,
            detail=f"The document {document.document_id} cannot be read: {document.fault}",
            at=self._clock(),
            origin=ORIGIN,
            event_id=event_id,
        )
        # Where the document is, not what it says, which may be personal data.
        place = {"orderId": document.order_id, "id": document.document_id}
        await self._letters.keep(letter, json.dumps(place).encode())
        _log.error(
            "document_unreadable",
            order_id=document.order_id,
            document=document.document_id,
            fault=document.fault,
        )
