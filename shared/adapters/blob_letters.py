"""Letters in a blob container: ``letters/<id>``, the body as it came, the facts as metadata."""

from collections.abc import Iterable, Iterator
from http.client import BAD_REQUEST
from typing import cast

from azure.core import MatchConditions
from azure.core.async_paging import AsyncPageIterator
from azure.core.exceptions import HttpResponseError, ResourceModifiedError
from azure.storage.blob import BlobProperties, ContentSettings
from azure.storage.blob.aio import BlobClient, ContainerClient

from shared.adapters import storage_errors as errors
from shared.adapters.letter_metadata import letter_from, metadata_of
from shared.adapters.listing_token import ListingToken
from shared.application.ports import LetterFilter, Page
from shared.domain.errors import ConcurrentUpdate, LetterNotFound, UnknownContinuation
from shared.domain.letter import Letter, is_letter_id

PREFIX = "letters/"

# Ten requests to storage: a listing answers within seconds however few letters fit.
_MOST_LOOKED_AT = 5_000
_BLOBS_PER_REQUEST = 500


class BlobLetters:
    """The ``Letters`` port."""

    def __init__(
        self,
        container: ContainerClient,
        *,
        blobs_per_request: int = _BLOBS_PER_REQUEST,
        most_looked_at: int = _MOST_LOOKED_AT,
    ) -> None:
        self._container = container
        self._blobs_per_request = blobs_per_request
        self._most_looked_at = most_looked_at

    async def keep(self, letter: Letter, original: bytes) -> None:
        with errors.translated_errors():
            try:
                await self._blob(letter.id).upload_blob(
                    original,
                    overwrite=False,
                    metadata=metadata_of(letter),
                    content_settings=ContentSettings(content_type="application/json"),
                )
            except HttpResponseError as error:
                if errors.error_code(error) != errors.BLOB_EXISTS:
                    raise

    async def get(self, letter_id: str) -> tuple[Letter, bytes]:
        with errors.translated_errors():
            try:
                download = await self._blob(letter_id).download_blob()
                original = await download.readall()
            except HttpResponseError as error:
                if errors.error_code(error) == errors.BLOB_NOT_FOUND:
                    raise LetterNotFound(letter_id) from error
                raise
        return _letter(letter_id, download.properties), original

    async def mark(self, letter: Letter, *, seen: Letter | None = None) -> None:
        blob = self._blob(letter.id)
        with errors.translated_errors():
            try:
                if seen is None:
                    await blob.set_blob_metadata(metadata_of(letter))
                else:
                    await _exchange(blob, seen, letter)
            except HttpResponseError as error:
                if errors.error_code(error) == errors.BLOB_NOT_FOUND:
                    raise LetterNotFound(letter.id) from error
                raise

    async def page(self, which: LetterFilter, limit: int, continuation: str | None) -> Page[Letter]:
        after = ListingToken.read(continuation) if continuation else ListingToken()
        marker: str = after.marker
        # What is fetched beyond the limit is fetched again for the next page; where few letters
        # fit, as the first request shows, small requests would be too many.
        size = self._blobs_per_request if after.last else min(limit, self._blobs_per_request)
        found: list[Letter] = []
        looked_at = 0
        while True:
            blobs, next_marker = await self._list(marker, size)
            for letter in _letters(blobs, after.last):
                if not which.fits(letter):
                    continue
                if len(found) == limit:
                    return Page(found, ListingToken(marker, found[-1].id).text())
                found.append(letter)
            if next_marker is None:
                return Page(found, None)
            looked_at += len(blobs)
            if len(found) == limit or looked_at >= self._most_looked_at:
                return Page(found, ListingToken(next_marker).text())
            marker, size = next_marker, self._blobs_per_request

    async def _list(self, marker: str, size: int) -> tuple[list[BlobProperties], str | None]:
        """One request for blobs; the marker of the next, or None if there are no more."""
        listing = self._container.list_blobs(
            name_starts_with=PREFIX,
            include=["metadata"],
            results_per_page=size,
        )
        # The declared type knows no continuation_token.
        pages = cast("AsyncPageIterator[BlobProperties]", listing.by_page(marker or None))
        with errors.translated_errors():
            try:
                blobs = [blob async for blob in await anext(pages)]
            except HttpResponseError as error:
                # Only a client can have spoilt it: what the service gave out, it takes.
                if error.status_code == BAD_REQUEST and marker:
                    raise UnknownContinuation from error
                raise
        return blobs, pages.continuation_token or None

    def _blob(self, letter_id: str) -> BlobClient:
        return self._container.get_blob_client(PREFIX + letter_id)


async def _exchange(blob: BlobClient, seen: Letter, letter: Letter) -> None:
    """Write *letter* over *seen*, and over nothing else.

    Raises:
        ConcurrentUpdate: the blob says neither.
    """
    properties = await blob.get_blob_properties()
    stored, wanted = _facts(letter.id, properties), metadata_of(letter)
    # What is wanted may be there already: an earlier try, whose answer was lost, put it there.
    if stored == wanted:
        return
    if stored != metadata_of(seen):
        raise ConcurrentUpdate("dead letter", letter.id)
    try:
        await blob.set_blob_metadata(
            wanted, etag=properties.etag, match_condition=MatchConditions.IfNotModified
        )
    except ResourceModifiedError as error:
        # The SDK repeats requests by itself, so this too may be our own write.
        if _facts(letter.id, await blob.get_blob_properties()) != wanted:
            raise ConcurrentUpdate("dead letter", letter.id) from error


def _letters(blobs: Iterable[BlobProperties], last: str) -> Iterator[Letter]:
    """The letters among *blobs* that come after the one called *last*."""
    for blob in blobs:
        letter_id = blob.name.removeprefix(PREFIX)
        if letter_id > last and is_letter_id(letter_id):
            yield _letter(letter_id, blob)


def _letter(letter_id: str, blob: BlobProperties) -> Letter:
    return letter_from(letter_id, blob.metadata, blob.last_modified)


def _facts(letter_id: str, blob: BlobProperties) -> dict[str, str]:
    return metadata_of(_letter(letter_id, blob))
