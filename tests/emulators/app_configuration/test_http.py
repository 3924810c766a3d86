"""The HTTP around the key-values: signatures, versions, problem documents, what is refused."""

import base64
from datetime import UTC, datetime, timedelta

import aiohttp
import pytest
from aiohttp.test_utils import TestServer
from azure.appconfiguration import ConfigurationSetting, ConfigurationSettingsFilter
from azure.core.exceptions import ClientAuthenticationError, HttpResponseError
from azure.core.rest import HttpRequest

from emulators.app_configuration.authentication import DEFAULT_ACCESS_KEY
from emulators.app_configuration.resources import continuation
from emulators.app_configuration.routes import create_app
from tests.emulators.app_configuration.conftest import Emulator

WRONG_SECRET = base64.b64encode(b"wrong").decode()
VERSION = "api-version=2023-11-01"


async def send(client, method, target, **options):
    """Send a request the SDK signs and has no method for."""
    return await client.send_request(HttpRequest(method, target, **options))


@pytest.mark.parametrize(
    ("access_key_id", "secret", "reason"),
    [
        ("nobody", DEFAULT_ACCESS_KEY.secret, "Invalid Credential"),
        (DEFAULT_ACCESS_KEY.id, WRONG_SECRET, "Invalid Signature"),
    ],
)
async def test_a_wrong_access_key_is_refused(emulator, access_key_id, secret, reason):
    """A connection string for another store must fail here as it would in Azure."""
    async with emulator.with_access_key(access_key_id, secret).client() as client:
        answer = await send(client, "GET", f"/kv?{VERSION}")

    assert answer.status_code == 401
    assert reason in answer.headers["WWW-Authenticate"]


async def test_an_old_signature_is_refused():
    """A recorded request cannot be replayed for ever."""

    def a_quarter_of_an_hour_later():
        return datetime.now(UTC) + timedelta(minutes=15, seconds=1)

    app = create_app(":memory:", clock=a_quarter_of_an_hour_later)
    async with (
        TestServer(app) as server,
        Emulator(str(server.make_url("/")).rstrip("/")).client() as client,
    ):
        with pytest.raises(ClientAuthenticationError):
            await client.get_configuration_setting("a")


@pytest.mark.parametrize("tamper", ["body", "target"])
async def test_what_was_signed_cannot_be_changed(emulator, client, tamper):
    """Body and target are both covered by the signature."""

    def change(request):
        if tamper == "body":
            request.http_request.set_bytes_body(b'{"value": "evil"}')
        else:
            request.http_request.url = request.http_request.url.replace("/kv/a", "/kv/b")

    with pytest.raises(ClientAuthenticationError):
        await client.set_configuration_setting(
            ConfigurationSetting(key="a", value="b"), raw_request_hook=change
        )


@pytest.mark.parametrize("query", ["", "?api-version=1999-01-01"])
async def test_a_known_api_version_is_required(client, query):
    """A client that forgot it works nowhere else either."""
    answer = await send(client, "GET", f"/kv{query}")

    assert answer.status_code == 400
    assert answer.headers["Content-Type"].startswith("application/problem+json")
    assert answer.json()["type"] == "https://azconfig.io/errors/invalid-argument"
    assert answer.json()["name"] == "api-version"


@pytest.mark.parametrize(
    ("body", "named"),
    [
        ("{", "body"),
        ("[]", "body"),
        ('{"value": 5}', "value"),
        ('{"value": "\\ud800"}', "value"),
        ('{"content_type": []}', "content_type"),
        ("[" * 100_000, "body"),
        ('{"tags": {"\\ud800": "x"}}', "tags"),
        ('{"tags": "x"}', "tags"),
        ('{"tags": {"x": 5}}', "tags"),
    ],
)
async def test_a_malformed_key_value_is_named(client, body, named):
    """Bad input is a 400 that says what is wrong, never a 500."""
    answer = await send(
        client,
        "PUT",
        f"/kv/a?{VERSION}",
        content=body,
        headers={"Content-Type": "application/json"},
    )

    assert (answer.status_code, answer.json()["name"]) == (400, named)


@pytest.mark.parametrize(
    ("target", "named"),
    [
        ("/kv/a%25b", "key"),
        (f"/kv/{'k' * 257}", "key"),
        ("/kv?after=rubbish", "after"),
        (f"/revisions?after={continuation([2**64])}", "after"),
        (f"/kv?after={continuation(['a', 5])}", "after"),
        (f"/keys?after={continuation([chr(0xD800)])}", "after"),
        ("/kv?%24select=colour", "$select"),
        ("/kv?key=a&key=b", "key"),
        ("/kv?tags=x", "tags"),
    ],
)
async def test_a_malformed_request_is_named(client, target, named):
    """The same for paths and queries."""
    separator = "&" if "?" in target else "?"

    answer = await send(client, "GET", f"{target}{separator}{VERSION}")

    assert (answer.status_code, answer.json()["name"]) == (400, named)


async def test_another_media_type_is_refused(client):
    """Only JSON is a key-value."""
    answer = await send(
        client, "PUT", f"/kv/a?{VERSION}", content="x", headers={"Content-Type": "text/plain"}
    )

    assert answer.status_code == 415


async def test_head_answers_without_a_body(client):
    """Monitors ask with HEAD."""
    await client.set_configuration_setting(ConfigurationSetting(key="a", value="b"))

    answer = await send(client, "HEAD", f"/kv/a?{VERSION}")

    assert (answer.status_code, answer.content) == (200, b"")
    assert answer.headers["ETag"]


async def test_lists_keys(client):
    """An endpoint the SDK has no method for."""
    for label in (None, "prod"):
        await client.set_configuration_setting(
            ConfigurationSetting(key="a", label=label, value="b")
        )

    answer = await send(client, "GET", f"/keys?{VERSION}")

    assert answer.json()["items"] == [{"name": "a"}]


async def test_every_answer_carries_a_sync_token(client):
    """The SDK hands it to other replicas; it must always find one."""
    answer = await send(client, "GET", f"/kv/nothing?{VERSION}")

    assert answer.status_code == 404
    assert answer.headers["Sync-Token"] == "kv=MA==;sn=1"


async def test_what_is_not_emulated_names_itself(client):
    """Silence about a missing feature would cost somebody an afternoon."""
    with pytest.raises(HttpResponseError, match="does not support PUT /snapshots/s"):
        await client.begin_create_snapshot("s", [ConfigurationSettingsFilter(key="*")])
    with pytest.raises(HttpResponseError, match="does not support Accept-Datetime"):
        await client.get_configuration_setting("a", accept_datetime="Mon, 01 Jan 2024 00:00:00 GMT")


async def test_the_health_probe_needs_no_signature(emulator):
    """Whoever starts the emulator waits for this."""
    async with (
        aiohttp.ClientSession() as session,
        session.get(f"{emulator.url}/_emulator/health") as answer,
    ):
        assert await answer.json() == {"status": "ok"}
