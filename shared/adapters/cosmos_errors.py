"""Cosmos DB's failures in the domain's words."""

from collections.abc import Iterator
from contextlib import contextmanager
from math import ceil
from typing import Any

from azure.core.exceptions import AzureError, HttpResponseError

from shared.domain.errors import Unavailable

BAD_REQUEST = 400
NOT_FOUND = 404
CONFLICT = 409
PRECONDITION_FAILED = 412

# 401 and 403 are here as well: keys and roles change under a running app, and the submission that
# met such a moment is as good a little later.
_UNAVAILABLE = frozenset({401, 403, 408, 410, 429, 449, 500, 502, 503, 504})


@contextmanager
def translated_errors() -> Iterator[None]:
    """Raise :class:`Unavailable` for what may work later; let every other error pass.

    Answers that a caller expects (404, 409, 412) are caught by that caller, inside the block.
    """
    try:
        yield
    except HttpResponseError as error:
        if error.status_code is None or error.status_code in _UNAVAILABLE:
            raise Unavailable("cosmos-db", _retry_after_seconds(error)) from error
        raise
    except AzureError as error:  # no answer at all: refused, cut off, timed out
        raise Unavailable("cosmos-db") from error


def _retry_after_seconds(error: HttpResponseError) -> int:
    headers: Any = getattr(error, "headers", None) or {}
    milliseconds = float(headers.get("x-ms-retry-after-ms", 0))
    return max(2, ceil(milliseconds / 1000))
