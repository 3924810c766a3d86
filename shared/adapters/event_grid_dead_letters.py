"""Event Grid's own dead letters: ``<SUBSCRIPTION>/<yyyy>/<M>/<d>/<H>/<guid>.json`` in a container.

Source: https://learn.microsoft.com/azure/event-grid/manage-event-delivery
"""

import re
from collections.abc import Sequence
from contextlib import suppress

from azure.core import MatchConditions
from azure.core.exceptions import ResourceModifiedError, ResourceNotFoundError
from azure.storage.blob.aio import BlobPrefix, ContainerClient

from shared.adapters import storage_errors as errors
from shared.adapters.blob_letters import PREFIX as LETTERS
from shared.application.ports import Undelivered

_NAME = re.compile(r"[^/]+/\d{4}/\d{1,2}/\d{1,2}/\d{1,2}/[^/]+\.json")


class EventGridDeadLetters:
    """The ``UndeliveredEvents`` port. Blobs with names of another shape are nobody's business."""

    def __init__(self, container: ContainerClient) -> None:
        self._container = container

    async def names(self, at_most: int) -> Sequence[str]:
        names: list[str] = []
        with errors.translated_errors():
            for folder in await self._folders():
                async for name in self._container.list_blob_names(name_starts_with=folder):
                    if len(names) == at_most:
                        return names
                    if _NAME.fullmatch(name):
                        names.append(name)
        return names

    async def _folders(self) -> Sequence[str]:
        """One per subscription; the letters, of which there may be many, are stepped over."""
        return [
            entry.name
            async for entry in self._container.walk_blobs(delimiter="/")
            if isinstance(entry, BlobPrefix) and entry.name != LETTERS
        ]

    async def read(self, name: str) -> Undelivered | None:
        with errors.translated_errors():
            try:
                download = await self._container.download_blob(name)
                content = await download.readall()
            except ResourceNotFoundError as error:
                if errors.error_code(error) == errors.BLOB_NOT_FOUND:
                    return None
                raise
        return Undelivered(name, content, str(download.properties.etag))

    async def remove(self, file: Undelivered) -> None:
        with errors.translated_errors(), suppress(ResourceModifiedError):
            try:
                await self._container.delete_blob(
                    file.name, etag=file.version, match_condition=MatchConditions.IfNotModified
                )
            except ResourceNotFoundError as error:
                if errors.error_code(error) != errors.BLOB_NOT_FOUND:
                    raise
