"""An App Configuration emulator on a real socket, and the official clients for it."""

import pytest
from aiohttp.test_utils import TestServer
from azure.appconfiguration.aio import AzureAppConfigurationClient

from emulators.app_configuration.authentication import DEFAULT_ACCESS_KEY, AccessKey
from emulators.app_configuration.routes import create_app


class Emulator:
    """One running emulator: its connection string, clients for it, and raw requests."""

    def __init__(self, url, access_key=DEFAULT_ACCESS_KEY):
        self.url = url
        self.connection_string = f"Endpoint={url};Id={access_key.id};Secret={access_key.secret}"

    def client(self, **options):
        return AzureAppConfigurationClient.from_connection_string(
            self.connection_string, retry_total=0, **options
        )

    def with_access_key(self, access_key_id, secret):
        """The same emulator, to a client that holds another key."""
        return Emulator(self.url, AccessKey(access_key_id, secret))


@pytest.fixture
async def emulator():
    """A fresh emulator."""
    async with TestServer(create_app(":memory:")) as server:
        yield Emulator(str(server.make_url("/")).rstrip("/"))


@pytest.fixture
async def client(emulator):
    """The SDK's asynchronous client."""
    async with emulator.client() as client:
        yield client
