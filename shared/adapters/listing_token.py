"""Where a listing of blobs stopped, as a token that clients hand back."""

import json
from base64 import b64decode, urlsafe_b64encode
from contextlib import suppress
from dataclasses import dataclass

from shared.domain.errors import UnknownContinuation

# The service's markers are some hundred characters long.
_MAX_LENGTH = 4_096


@dataclass(frozen=True, slots=True)
class ListingToken:
    """The service's marker of the request that was being read, and the last name taken from it.

    The marker alone would be too coarse, a count of blobs would shift whenever one is added or
    deleted; a name stays where it is, even when its blob is gone.
    """

    marker: str = ""
    last: str = ""

    def text(self) -> str:
        """The token, fit for a URL."""
        content = json.dumps([self.marker, self.last], separators=(",", ":"))
        return urlsafe_b64encode(content.encode()).rstrip(b"=").decode()

    @classmethod
    def read(cls, text: str) -> "ListingToken":
        """The place that a token names.

        Raises:
            UnknownContinuation: it is none of ours.
        """
        if len(text) <= _MAX_LENGTH:
            with suppress(ValueError):
                content = b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
                match json.loads(content):
                    case [str(marker), str(last)] if (marker + last).isascii():
                        return cls(marker, last)
        raise UnknownContinuation
