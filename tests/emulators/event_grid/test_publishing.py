"""Publishing through the SDK: who may, where to, and how much."""

import json
from datetime import UTC, datetime, timedelta

import pytest
from azure.core.credentials import AzureKeyCredential, AzureSasCredential
from azure.core.exceptions import (
    ClientAuthenticationError,
    HttpResponseError,
    ResourceNotFoundError,
)
from azure.eventgrid import EventGridPublisherClient, generate_sas

from emulators.event_grid.authentication import authenticate
from emulators.event_grid.config import DEFAULT_KEY
from emulators.event_grid.errors import UnauthorizedError
from tests.emulators.event_grid.conftest import TOPIC, event, topic
from tests.emulators.event_grid.raw import GRID_EVENT, PATH, post
from tests.emulators.processes import EmulatorProcess

OTHER_KEY = "b3RoZXI="


def token(grid, key=DEFAULT_KEY, topic_name=TOPIC, minutes=5):
    """A shared access signature."""
    expiry = datetime.now(UTC) + timedelta(minutes=minutes)
    return generate_sas(grid.endpoint(topic_name), key, expiry)


def test_the_synchronous_client_publishes_to_a_process(tmp_path):
    """The whole way an application takes: command line, configuration file, real sockets."""
    config = tmp_path / "events.json"
    config.write_text(json.dumps({"topics": [topic()]}), encoding="utf-8")

    with EmulatorProcess("event_grid", tmp_path, "--config", str(config)) as emulator:
        endpoint = f"{emulator.url}/orders/api/events"
        with EventGridPublisherClient(endpoint, AzureKeyCredential(DEFAULT_KEY)) as client:
            client.send([event()])
            client.send(event())
        with (
            EventGridPublisherClient(endpoint, AzureKeyCredential(OTHER_KEY)) as client,
            pytest.raises(ClientAuthenticationError),
        ):
            client.send(event())


async def test_a_shared_access_signature_opens_its_topic(start):
    """What a publisher gets that must not know the key."""
    grid = await start(topic())

    async with grid.client(AzureSasCredential(token(grid))) as client:
        await client.send(event())

    assert (await grid.stats())["published"] == 1


async def test_a_signature_may_also_come_as_authorization(start):
    """The service documents both headers."""
    grid = await start(topic())
    authorization = f"SharedAccessSignature {token(grid)}"

    async with await grid.post(
        PATH, json.dumps([GRID_EVENT]), Authorization=authorization
    ) as answer:
        status = answer.status

    assert status == 415  # authorized, and then without a content type


@pytest.mark.parametrize(
    ("problem", "options"),
    [
        ("has expired", {"minutes": -1}),
        ("does not match", {"key": OTHER_KEY}),
        ("for another resource", {"topic_name": "stock"}),
    ],
)
async def test_a_wrong_signature_says_what_is_wrong(start, problem, options):
    """An expired token must not look like a wrong key."""
    grid = await start(topic(), topic(name="stock"))
    credential = AzureSasCredential(token(grid, **options))

    async with grid.client(credential) as client:
        with pytest.raises(ClientAuthenticationError, match=problem):
            await client.send(event())


async def test_a_wrong_key_is_refused(start):
    """Nothing may be published on the strength of a guess."""
    grid = await start(topic())

    async with grid.client(AzureKeyCredential(OTHER_KEY)) as client:
        with pytest.raises(ClientAuthenticationError, match="the key is not the topic's"):
            await client.send(event())


async def test_a_request_without_credentials_is_refused(start):
    """And told which headers would do."""
    grid = await start(topic())

    async with await grid.post(PATH, "[]") as answer:
        status, error = answer.status, (await answer.json())["error"]

    assert (status, error["code"]) == (401, "Unauthorized")
    assert "aeg-sas-token, aeg-sas-key" in error["details"][0]["message"]


async def test_an_unknown_topic_is_named(start):
    """A misspelt endpoint is the usual mistake; the SDK shows its own text in place of ours."""
    grid = await start(topic())

    with pytest.raises(ResourceNotFoundError):
        await grid.publish(event(), topic="ordres")
    _, message = await post(grid, [GRID_EVENT], path="/ordres/api/events")

    assert "'ordres'" in message


@pytest.mark.parametrize("key", ["\udcff", "", "key with spaces"])
def test_a_key_of_nonsense_is_refused(key):
    """Like any other wrong key."""
    with pytest.raises(UnauthorizedError):
        authenticate({"aeg-sas-key": key}, {}, PATH, DEFAULT_KEY, datetime.now(UTC))
    with pytest.raises(UnauthorizedError):
        authenticate({"aeg-sas-token": f"{key}&s={key}"}, {}, PATH, DEFAULT_KEY, datetime.now(UTC))


async def test_a_request_over_one_megabyte_is_refused(start):
    """The SDK does not split batches: the application has to."""
    grid = await start(topic())

    with pytest.raises(HttpResponseError) as refused:
        await grid.publish(event(data={"text": "x" * 1_100_000}))

    assert refused.value.status_code == 413


async def test_another_api_version_is_refused_by_name(start):
    """Rather than answered as if it were the one that is known."""
    grid = await start(topic())

    status, message = await post(
        grid, [GRID_EVENT], path="/orders/api/events?api-version=2019-01-01"
    )

    assert status == 501
    assert "2019-01-01" in message
