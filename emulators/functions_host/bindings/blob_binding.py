"""The blob bindings: a blob's content as input, a written blob as output."""

from contextlib import suppress

from azure.core.exceptions import ResourceExistsError, ResourceNotFoundError
from azure.functions.meta import Datum
from azure.storage.blob.aio import BlobClient, BlobServiceClient

from emulators.functions_host.bindings.adapter import Adapter, Resolve
from emulators.functions_host.connections import Connections, check_storage, storage_name
from emulators.functions_host.errors import StartError
from emulators.functions_host.functions import Binding


class BlobBinding(Adapter):
    """Reads and overwrites whole blobs."""

    def __init__(self, connections: Connections) -> None:
        self._connections = connections

    def check(self, function: str, binding: Binding) -> None:
        check_storage(function, binding, "blob")
        if "/" not in str(binding["path"]).strip("/"):
            raise StartError(
                f"function {function}: the path {binding['path']!r} of {binding['name']!r} must be "
                "container/blob"
            )

    async def read(self, binding: Binding, resolve: Resolve) -> Datum:
        """The blob's content; one that does not exist is None to the function."""
        try:
            stream = await self._blob(binding, resolve).download_blob()
            return content_datum(binding, await stream.readall())
        except ResourceNotFoundError:
            return Datum(None, None)

    async def write(self, binding: Binding, datum: Datum, resolve: Resolve) -> None:
        """Write the blob anew; its container is made if it is not there."""
        blob = self._blob(binding, resolve)
        try:
            await blob.upload_blob(datum.value, overwrite=True)
        except ResourceNotFoundError:
            await self._make_container(binding, blob.container_name)
            await blob.upload_blob(datum.value, overwrite=True)

    async def _make_container(self, binding: Binding, name: str) -> None:
        with suppress(ResourceExistsError):  # another blob was faster
            await self._service(binding).create_container(name)

    def _blob(self, binding: Binding, resolve: Resolve) -> BlobClient:
        container, _, name = resolve(str(binding["path"])).strip("/").partition("/")
        return self._service(binding).get_blob_client(container, name)

    def _service(self, binding: Binding) -> BlobServiceClient:
        return self._connections.blobs(storage_name(binding))


def content_datum(binding: Binding, content: bytes) -> Datum:
    """*content* as bytes if the binding's ``dataType`` says so, else as text.

    The host makes text of it even for an ``InputStream``, in which what is not UTF-8 is lost
    (WorkerFunctionInvoker.cs, ``DataType ?? DataType.String``).
    """
    if str(binding.get("dataType", "")).upper() in ("BINARY", "STREAM"):
        return Datum(content, "bytes")
    return Datum(content.decode("utf-8-sig", errors="replace"), "string")
