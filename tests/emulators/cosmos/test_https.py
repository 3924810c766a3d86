"""The emulator over https, and tokens of Microsoft Entra, which need it."""

import base64
import json
import time
from collections.abc import Iterator
from typing import Any

import aiohttp
import pytest
from azure.core.credentials import AccessToken
from azure.cosmos import PartitionKey
from azure.cosmos.aio import CosmosClient

from emulators.cosmos.auth import EMULATOR_KEY
from tests.emulators.cosmos.raw import RawClient
from tests.emulators.cosmos.server import EmulatorProcess


@pytest.fixture(scope="module")
def secure() -> Iterator[EmulatorProcess]:
    """An emulator with a certificate of its own."""
    process = EmulatorProcess(":memory:", None, "--https")
    yield process
    process.stop()


def web_token(lives_seconds: float) -> str:
    """What looks like a token; who signed it, nobody here can tell."""
    claims = json.dumps({"aud": "https://localhost", "exp": int(time.time() + lives_seconds)})
    parts = ['{"alg":"RS256"}', claims, "signature"]
    return ".".join(base64.urlsafe_b64encode(part.encode()).decode().rstrip("=") for part in parts)


class Credential:
    """A credential as azure-identity has them."""

    def __init__(self, token: str) -> None:
        self._token = token

    async def get_token(self, *_: str, **__: Any) -> AccessToken:
        """The same token for every scope."""
        return AccessToken(self._token, int(time.time()) + 3600)

    async def close(self) -> None:
        """Nothing to give back."""

    async def __aenter__(self) -> "Credential":
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()


@pytest.mark.parametrize("kind", ["key", "identity"])
async def test_the_sdk_works_over_https(secure: EmulatorProcess, kind: str):
    """With the master key, and with the managed identity that a deployed app uses."""
    # Made here, not when the tests are collected: it is not to expire in a queue of tests.
    credential = EMULATOR_KEY if kind == "key" else Credential(web_token(600))

    async with CosmosClient(secure.url, credential) as client:
        database = await client.create_database_if_not_exists("d")
        container = await database.create_container_if_not_exists("c", PartitionKey("/pk"))

        await container.upsert_item({"id": "a", "pk": "p"})

        assert (await container.read_item("a", "p"))["id"] == "a"


@pytest.mark.parametrize("token", [web_token(-1), "no token", "a.b.c", "a.W10.c"])
async def test_a_token_that_is_none_is_refused(secure: EmulatorProcess, token: str):
    """An app that sends a stale token, or another thing, must learn it here."""
    header = f"type%3Daad%26ver%3D1.0%26sig%3D{token}"
    unchecked = aiohttp.TCPConnector(ssl=False)
    async with aiohttp.ClientSession(secure.url, connector=unchecked) as session:
        status, _, _ = await RawClient(session).send("GET", "/dbs", authorization=header)

    assert status == 401


async def test_a_token_in_the_clear_is_refused(raw: RawClient):
    """The service takes none over http, and no client should send one so."""
    header = f"type%3Daad%26ver%3D1.0%26sig%3D{web_token(600)}"

    status, _, text = await raw.send("GET", "/dbs", authorization=header)

    assert status == 401
    assert "https only" in text
