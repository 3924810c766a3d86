"""App settings that say where to connect, in every form the real host reads."""

from collections.abc import AsyncIterator

import pytest

from emulators.functions_host.connections import Connections, check_cosmos, check_storage
from emulators.functions_host.errors import StartError

KEY = "c2VjcmV0"


@pytest.fixture
async def connections() -> AsyncIterator[Connections]:
    """Connections that are closed at the end; opening a client sends nothing."""
    connections = Connections()
    yield connections
    await connections.close()


def test_knows_azurite_by_its_short_name(connections: Connections, monkeypatch: pytest.MonkeyPatch):
    """Every local.settings.json says ``UseDevelopmentStorage=true``; the SDKs do not know it."""
    monkeypatch.setenv("Storage", "UseDevelopmentStorage=true")

    assert connections.blobs("Storage").url == "http://127.0.0.1:10000/devstoreaccount1/"
    assert connections.queues("Storage").url == "http://127.0.0.1:10001/devstoreaccount1/"


def test_prefers_the_setting_with_the_hosts_own_prefix(
    connections: Connections, monkeypatch: pytest.MonkeyPatch
):
    """A connection X may be set as AzureWebJobsX."""
    text = f"DefaultEndpointsProtocol=https;AccountKey={KEY};AccountName="
    monkeypatch.setenv("Orders", f"{text}plain")
    monkeypatch.setenv("AzureWebJobsOrders", f"{text}prefixed")

    assert connections.blobs("Orders").account_name == "prefixed"


def test_opens_one_client_for_all_who_ask(
    connections: Connections, monkeypatch: pytest.MonkeyPatch
):
    """Functions of one app share connections."""
    monkeypatch.setenv("Db", f"AccountEndpoint=http://127.0.0.1:1;AccountKey={KEY};")

    assert connections.cosmos("Db") is connections.cosmos("Db")


def test_opens_an_endpoint_with_the_machines_identity(
    connections: Connections, monkeypatch: pytest.MonkeyPatch
):
    """Settings without a secret in them."""
    monkeypatch.setenv("Storage__blobServiceUri", "https://orders.blob.core.windows.net")
    monkeypatch.setenv("Db__accountEndpoint", "https://orders.documents.azure.com")

    check_storage("f", {"type": "blob", "name": "b", "connection": "Storage"}, "blob")
    check_cosmos("f", {"type": "cosmosDB", "name": "d", "connection": "Db"})
    assert connections.blobs("Storage").account_name == "orders"
    assert connections.cosmos("Db")


@pytest.mark.parametrize(
    ("connection", "name"), [("Missing", "Missing"), ("", "AzureWebJobsStorage")]
)
def test_names_the_setting_that_is_missing(
    connection: str, name: str, monkeypatch: pytest.MonkeyPatch
):
    """And the function that needs it."""
    monkeypatch.delenv("AzureWebJobsStorage", raising=False)

    with pytest.raises(StartError, match=f"function f: .* needs the app setting {name} with"):
        check_storage("f", {"type": "queue", "name": "q", "connection": connection}, "queue")


@pytest.mark.parametrize(
    ("setting", "value"),
    [
        ("Storage__serviceUri", "https://orders.queue.core.windows.net"),
        ("Storage__accountName", "orders"),
    ],
)
def test_finds_a_service_by_its_endpoint_or_its_account(
    connections: Connections, monkeypatch: pytest.MonkeyPatch, setting: str, value: str
):
    """Apps without keys name one or the other, as the documentation of their trigger says."""
    monkeypatch.setenv(setting, value)

    assert connections.queues("Storage").url.rstrip("/") == "https://orders.queue.core.windows.net"
