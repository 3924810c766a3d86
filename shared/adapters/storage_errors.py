"""Blob storage's failures in the domain's words."""

from collections.abc import Iterator
from contextlib import contextmanager

from azure.core.exceptions import AzureError, HttpResponseError

from shared.domain.errors import Unavailable

BLOB_EXISTS = "BlobAlreadyExists"
BLOB_NOT_FOUND = "BlobNotFound"
CONTAINER_NOT_FOUND = "ContainerNotFound"
CONDITION_NOT_MET = "ConditionNotMet"

# 401 and 403 are here as well: keys and roles change under a running app.
_UNAVAILABLE = frozenset({401, 403, 408, 429, 500, 502, 503, 504})
_UNAVAILABLE_CODES = frozenset({CONTAINER_NOT_FOUND, "ContainerBeingDeleted", "ContainerDisabled"})


@contextmanager
def translated_errors() -> Iterator[None]:
    """Raise :class:`Unavailable` for what may work later; let every other error pass.

    That a container is missing is put right by whoever deploys, and is no answer about its blobs.
    Answers that a caller expects are caught by that caller, inside the block.
    """
    try:
        yield
    except HttpResponseError as error:
        status, code = error.status_code, error_code(error)
        if status is None or status in _UNAVAILABLE or code in _UNAVAILABLE_CODES:
            raise Unavailable("storage") from error
        raise
    except AzureError as error:  # no answer at all: refused, cut off, timed out
        raise Unavailable("storage") from error


def error_code(error: HttpResponseError) -> str:
    """What the service calls the error; empty where it did not say, as to a HEAD request."""
    return str(getattr(error, "error_code", None) or "")
