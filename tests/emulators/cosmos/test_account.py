"""Connecting: the account document, signatures, and what the emulator says about itself."""

import pytest
from azure.cosmos import CosmosClient as SyncCosmosClient
from azure.cosmos import PartitionKey
from azure.cosmos.aio import ContainerProxy, CosmosClient
from azure.cosmos.exceptions import CosmosHttpResponseError

from emulators.cosmos.auth import EMULATOR_KEY
from tests.emulators.cosmos.raw import RawClient, authorization
from tests.emulators.cosmos.server import EmulatorProcess


def test_the_synchronous_client_works_too(emulator: EmulatorProcess):
    """Both clients of the SDK speak the same protocol, with different threads behind them."""
    with SyncCosmosClient(emulator.url, EMULATOR_KEY) as client:
        database = client.create_database("sync")
        container = database.create_container("things", PartitionKey("/pk"))
        container.create_item({"id": "a", "pk": "p", "n": 1})

        assert container.read_item("a", "p")["n"] == 1
        assert list(container.query_items("SELECT VALUE c.n FROM c", partition_key="p")) == [1]
        client.delete_database(database)


async def test_the_account_names_the_endpoint_the_client_came_by(raw: RawClient):
    """Clients go on to talk to that endpoint only, so naming another one would lose them."""
    async with raw.session.get("/", headers={"host": "localhost:9999"}) as response:
        assert response.status == 401

    status, _, text = await raw.send("GET", "/", host="localhost:9999")

    assert status == 200
    assert '"databaseAccountEndpoint": "http://localhost:9999/"' in text


async def test_another_key_is_refused(emulator: EmulatorProcess):
    """An app configured with the wrong key must find out here, not in production."""
    client = CosmosClient(emulator.url, "d3Jvbmc=", retry_total=0)

    with pytest.raises(CosmosHttpResponseError) as refused:
        await client.create_database("never")
    await client.close()

    assert refused.value.status_code == 401


@pytest.mark.parametrize("token", ["", "nonsense", "type%3Dmaster%26ver%3D1.0%26sig%3D%21"])
async def test_a_malformed_token_is_refused(raw: RawClient, token: str):
    """What is no signature at all is a 401 like a wrong one, never a server error."""
    status, _, text = await raw.send("GET", "/dbs", authorization=token)

    assert status == 401
    assert "Unauthorized" in text


async def test_a_signature_covers_the_resource_and_the_verb(raw: RawClient, docs: str):
    """A token stolen from one request must not open another."""
    status, _, _ = await raw.send("GET", docs, authorization=authorization("POST", docs))

    assert status == 401


async def test_a_signature_that_was_taken_opens_nothing_else(raw: RawClient, docs: str):
    """The emulator remembers signatures it has checked, and must remember for what."""
    token = authorization("GET", docs)
    taken, _, _ = await raw.send("GET", docs, authorization=token)

    other_verb, _, _ = await raw.send("POST", docs, "{}", authorization=token)
    other_day = "Tue, 24 Nov 2026 18:00:00 GMT"
    other_date, _, _ = await raw.send("GET", docs, authorization=token, x_ms_date=other_day)

    assert (taken, other_verb, other_date) == (200, 401, 401)


async def test_what_is_not_supported_says_so(raw: RawClient, docs: str):
    """Silence about a missing feature costs whoever relies on it a day."""
    status, _, text = await raw.send("GET", docs.replace("docs", "sprocs"))

    assert status == 501
    assert "emulators.cosmos does not support GET of dbs/colls/sprocs" in text


async def test_statistics_count_requests_and_units_by_container(
    emulator: EmulatorProcess, raw: RawClient, container: ContainerProxy
):
    """The cost budget of an order is asserted with these numbers."""
    name = f"counted-{container.id}"
    before = await _operations(raw, container.id)

    await container.create_item({"id": name, "pk": "p"})
    await container.read_item(name, "p")
    await container.read_item(name, "p")

    after = await _operations(raw, container.id)
    assert after["Read"]["count"] - before.get("Read", {"count": 0})["count"] == 2
    assert after["Create"]["count"] - before.get("Create", {"count": 0})["count"] == 1
    assert after["Read"]["requestUnits"] >= 2


async def _operations(raw: RawClient, container: str) -> dict[str, dict[str, float]]:
    async with raw.session.get("/_emulator/stats") as response:
        operations = (await response.json())["operations"]
    return {entry["operation"]: entry for entry in operations if entry["container"] == container}
