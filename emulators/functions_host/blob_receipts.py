"""Blob receipts: which version of which blob a function has handled.

They lie where the real host keeps them, in ``azure-webjobs-hosts`` of the host's own storage:
who deletes one has its blob handled again.
"""

import hashlib
import os
from contextlib import suppress
from pathlib import Path
from typing import Final

from azure.core.exceptions import ResourceExistsError
from azure.storage.blob.aio import ContainerClient

CONTAINER: Final = "azure-webjobs-hosts"


def host_id(directory: Path) -> str:
    """What tells apps on one storage account apart: a setting, or the app's folder."""
    given = os.environ.get("AzureFunctionsWebHost__hostid")  # noqa: SIM112  # its real name
    return given or f"local-{hashlib.sha256(str(directory).encode()).hexdigest()[:16]}"


class BlobReceipts:
    """The receipts of one function."""

    def __init__(self, container: ContainerClient, host: str, function: str) -> None:
        self._container = container
        self._prefix = f"blobreceipts/{host}/{function}"

    async def prepare(self) -> None:
        """Make the container if it is missing."""
        with suppress(ResourceExistsError):
            await self._container.create_container()

    async def has(self, container: str, blob: str, etag: str) -> bool:
        """Whether this version was handled."""
        receipt = self._container.get_blob_client(self._name(container, blob, etag))
        return bool(await receipt.exists())

    async def write(self, container: str, blob: str, etag: str) -> None:
        """Remember that this version was handled."""
        await self._container.upload_blob(self._name(container, blob, etag), b"", overwrite=True)

    def _name(self, container: str, blob: str, etag: str) -> str:
        return f"{self._prefix}/{etag}/{container}/{blob}"
