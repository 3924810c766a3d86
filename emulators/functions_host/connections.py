"""Azure clients by the names of the app settings that say where to connect.

A setting holds a connection string, or a group of settings ``NAME__...`` names an endpoint that
is opened with the machine's identity. What they hold is never logged.
"""

import logging
import os
from collections.abc import Callable, Mapping
from contextlib import AsyncExitStack
from typing import TYPE_CHECKING, Any, TypeVar

from azure.cosmos.aio import CosmosClient
from azure.storage.blob.aio import BlobServiceClient
from azure.storage.queue.aio import QueueServiceClient

from emulators.functions_host.errors import StartError
from emulators.functions_host.functions import Binding

if TYPE_CHECKING:
    from azure.identity.aio import DefaultAzureCredential

DEFAULT_STORAGE = "AzureWebJobsStorage"
_DEVELOPMENT_STORAGE = "UseDevelopmentStorage=true"
# The account, key and ports every Azurite has; Microsoft documents them.
_AZURITE = ";".join(
    [
        "DefaultEndpointsProtocol=http",
        "AccountName=devstoreaccount1",
        "AccountKey="
        "Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw==",
        "BlobEndpoint=http://127.0.0.1:10000/devstoreaccount1",
        "QueueEndpoint=http://127.0.0.1:10001/devstoreaccount1",
    ]
)

# Each request is logged under the real host's category, which would drown everything else.
_log = logging.getLogger("Azure.Core")
# The SDK's own pauses, of 15 seconds and more, are made for the cloud.
_STORAGE_OPTIONS: Mapping[str, Any] = {"initial_backoff": 1, "increment_base": 2, "logger": _log}

Client = TypeVar("Client", BlobServiceClient, QueueServiceClient, CosmosClient)


class Connections:
    """Opens each client on first use, and shares it."""

    def __init__(self) -> None:
        self._clients: dict[tuple[str, str], Any] = {}
        self._opened = AsyncExitStack()
        if _log.level == logging.NOTSET:
            _log.setLevel(logging.WARNING)

    def blobs(self, name: str) -> BlobServiceClient:
        """The blob service of the connection *name*."""
        return self._client("blob", name, _open_blobs)

    def queues(self, name: str) -> QueueServiceClient:
        """The queue service of the connection *name*."""
        return self._client("queue", name, _open_queues)

    def cosmos(self, name: str) -> CosmosClient:
        """The Cosmos DB account of the connection *name*."""
        return self._client("cosmos", name, _open_cosmos)

    def _client(self, kind: str, name: str, open_: Callable[[str, "_Identity"], Client]) -> Client:
        key = (kind, name)
        if key not in self._clients:
            client = open_(name, self._identity)
            self._opened.push_async_callback(client.close)
            self._clients[key] = client
        found: Client = self._clients[key]
        return found

    def _identity(self) -> "DefaultAzureCredential":
        # Slow to import, and few hosts on this machine need it.
        from azure.identity.aio import DefaultAzureCredential

        credential = DefaultAzureCredential()
        self._opened.push_async_callback(credential.close)
        return credential

    async def close(self) -> None:
        """Close every client."""
        await self._opened.aclose()


_Identity = Callable[[], "DefaultAzureCredential"]


def storage_name(binding: Binding) -> str:
    """The connection a storage binding names, or the host's own storage."""
    return str(binding.get("connection") or DEFAULT_STORAGE)


def check_storage(function: str, binding: Binding, service: str) -> None:
    """Look for the settings of a storage binding; *service* is ``blob`` or ``queue``.

    Raises:
        StartError: there are none; the message names the function and the setting.
    """
    name = storage_name(binding)
    _check(function, binding, name, f"{service}ServiceUri", _storage_endpoint(name, service))


def check_cosmos(function: str, binding: Binding, property_: str = "connection") -> None:
    """Look for the settings of the Cosmos DB account that *property_* of *binding* names.

    Raises:
        StartError: there are none; the message names the function and the setting.
    """
    name = str(binding.get(property_) or binding.get("connection") or "")
    _check(function, binding, name, "accountEndpoint", _endpoint(name, "accountEndpoint"))


def _check(function: str, binding: Binding, name: str, setting: str, found: str | None) -> None:
    if _connection_string(name) is None and found is None:
        raise StartError(
            f"function {function}: the {binding['type']} binding {binding['name']!r} needs the app "
            f"setting {name} with a connection string, or {name}__{setting}"
        )


def _connection_string(name: str) -> str | None:
    """The setting *name*; the host prefers the one with its own prefix."""
    text = os.environ.get(f"AzureWebJobs{name}") or os.environ.get(name)
    return _AZURITE if text == _DEVELOPMENT_STORAGE else text


def _endpoint(name: str, suffix: str) -> str | None:
    return os.environ.get(f"{name}__{suffix}") or os.environ.get(f"{name}:{suffix}")


def _storage_endpoint(name: str, service: str) -> str | None:
    """Where *service* is: named alone, for one service only, or by the account in Azure."""
    if found := _endpoint(name, f"{service}ServiceUri") or _endpoint(name, "serviceUri"):
        return found
    account = _endpoint(name, "accountName")
    return account and f"https://{account}.{service}.core.windows.net"


def _open_blobs(name: str, identity: _Identity) -> BlobServiceClient:
    if text := _connection_string(name):
        return BlobServiceClient.from_connection_string(text, **_STORAGE_OPTIONS)
    endpoint = _storage_endpoint(name, "blob") or ""
    return BlobServiceClient(endpoint, identity(), **_STORAGE_OPTIONS)


def _open_queues(name: str, identity: _Identity) -> QueueServiceClient:
    if text := _connection_string(name):
        return QueueServiceClient.from_connection_string(text, **_STORAGE_OPTIONS)
    endpoint = _storage_endpoint(name, "queue") or ""
    return QueueServiceClient(endpoint, identity(), **_STORAGE_OPTIONS)


def _open_cosmos(name: str, identity: _Identity) -> CosmosClient:
    if text := _connection_string(name):
        pairs = (part.partition("=") for part in text.split(";") if part)
        parts = {key.strip().lower(): value for key, _, value in pairs}
        return CosmosClient(parts["accountendpoint"], parts["accountkey"], logger=_log)
    return CosmosClient(_endpoint(name, "accountEndpoint") or "", identity(), logger=_log)
