"""Where a listing of blobs stopped, as a token that clients hand back."""

from dataclasses import dataclass

from shared.adapters.continuation_tokens import seal, unseal
from shared.domain.errors import UnknownContinuation

_LISTING = "dead-letters"


@dataclass(frozen=True, slots=True)
class ListingToken:
    """The service's marker of the page that was being read, and the last name read from it.

    The marker alone would be too coarse, a count of blobs would shift whenever one is added or
    deleted; a name stays where it is, even when its blob is gone.
    """

    marker: str = ""
    last: str = ""

    def text(self) -> str:
        """The token, fit for a URL."""
        return seal(_LISTING, self.marker, self.last)

    @classmethod
    def read(cls, text: str) -> "ListingToken":
        """The place that a token names.

        Raises:
            UnknownContinuation: it is none of ours.
        """
        marker, last = unseal(_LISTING, text, parts=2)
        if not (marker + last).isascii():
            raise UnknownContinuation
        return cls(marker, last)
