"""Single key-values, through the official SDK."""

import asyncio

import pytest
from azure.appconfiguration import (
    AzureAppConfigurationClient,
    ConfigurationSetting,
    ResourceReadOnlyError,
)
from azure.core import MatchConditions
from azure.core.exceptions import (
    HttpResponseError,
    ResourceExistsError,
    ResourceModifiedError,
    ResourceNotFoundError,
)


def setting(key="colour", value="blue", **details):
    """A key-value to write."""
    return ConfigurationSetting(key=key, value=value, **details)


async def test_reads_back_what_was_written(client):
    """Everything a writer decides comes back, with an etag and a time."""
    written = await client.set_configuration_setting(
        setting(label="prod", content_type="text/plain", tags={"team": "orders"})
    )

    read = await client.get_configuration_setting("colour", label="prod")

    assert (read.value, read.content_type, read.tags) == ("blue", "text/plain", {"team": "orders"})
    assert (read.etag, read.last_modified) == (written.etag, written.last_modified)
    assert read.read_only is False


@pytest.mark.parametrize("key", ["a/b", "ä ö+&?#=", ".appconfig.featureflag/x", "a:b,c*d\\e"])
async def test_any_character_can_be_in_a_key(client, key):
    """Feature flags have a slash in their keys; it travels encoded and is signed encoded."""
    await client.set_configuration_setting(setting(key))

    assert (await client.get_configuration_setting(key)).key == key


async def test_labels_keep_values_apart(client):
    """One key has a value per environment, and one without label."""
    await client.set_configuration_setting(setting(value="none"))
    await client.set_configuration_setting(setting(value="production", label="prod"))

    values = [
        (await client.get_configuration_setting("colour", label=label)).value
        for label in (None, "prod")
    ]

    assert values == ["none", "production"]


async def test_an_absent_key_value_is_not_found(client):
    """The provider watches keys that do not exist yet and needs exactly this answer."""
    with pytest.raises(ResourceNotFoundError):
        await client.get_configuration_setting("nothing")


async def test_a_change_gets_a_new_etag_and_a_repetition_keeps_it(client):
    """Deployments write the same settings again; nobody should have to refresh for that."""
    first = await client.set_configuration_setting(setting())

    repeated = await client.set_configuration_setting(setting())
    changed = await client.set_configuration_setting(setting(value="red"))

    assert repeated.etag == first.etag
    assert changed.etag != first.etag


async def test_adds_only_what_is_not_there(client):
    """Two deployments that seed the same default do not overwrite an operator's change."""
    await client.add_configuration_setting(setting())

    with pytest.raises(ResourceExistsError):
        await client.add_configuration_setting(setting(value="red"))

    assert (await client.get_configuration_setting("colour")).value == "blue"


async def test_a_stale_writer_is_refused(client):
    """Of two operators who read the same version only one may change it."""
    stale = await client.set_configuration_setting(setting())
    await client.set_configuration_setting(setting(value="red"))
    stale.value = "green"

    with pytest.raises(ResourceModifiedError):
        await client.set_configuration_setting(stale, MatchConditions.IfNotModified)
    with pytest.raises(ResourceModifiedError):
        await client.delete_configuration_setting(
            "colour", etag=stale.etag, match_condition=MatchConditions.IfNotModified
        )

    assert (await client.get_configuration_setting("colour")).value == "red"


async def test_an_unchanged_key_value_is_not_sent_again(client):
    """Watching a sentinel key costs a 304."""
    read = await client.set_configuration_setting(setting())

    unchanged = await client.get_configuration_setting(
        "colour", etag=read.etag, match_condition=MatchConditions.IfModified
    )

    assert unchanged is None


async def test_deletes_and_returns_what_was_there(client):
    """A second deletion finds nothing and is no error."""
    await client.set_configuration_setting(setting())

    deleted = await client.delete_configuration_setting("colour")
    again = await client.delete_configuration_setting("colour")

    assert (deleted.value, again) == ("blue", None)
    with pytest.raises(ResourceNotFoundError):
        await client.get_configuration_setting("colour")


async def test_a_locked_key_value_cannot_change_until_unlocked(client):
    """A lock protects a setting from the next deployment."""
    written = await client.set_configuration_setting(setting())
    locked = await client.set_read_only(written)

    with pytest.raises(ResourceReadOnlyError):
        await client.set_configuration_setting(setting(value="red"))
    with pytest.raises(ResourceReadOnlyError):
        await client.delete_configuration_setting("colour")
    unlocked = await client.set_read_only(locked, read_only=False)
    await client.set_configuration_setting(setting(value="red"))

    assert (locked.read_only, unlocked.read_only) == (True, False)
    assert (await client.get_configuration_setting("colour")).value == "red"


async def test_what_is_not_there_cannot_be_locked(client):
    """A mistyped key must not seem protected."""
    with pytest.raises(ResourceNotFoundError):
        await client.set_read_only(setting("nothing"))


async def test_a_key_value_has_a_size_limit(client):
    """The service refuses what this would otherwise let grow."""
    with pytest.raises(HttpResponseError) as refused:
        await client.set_configuration_setting(setting(value="x" * 10_241))

    assert refused.value.status_code == 413


async def test_the_synchronous_client_works_too(emulator):
    """Scripts use the SDK without asyncio."""

    def write_and_read():
        with AzureAppConfigurationClient.from_connection_string(
            emulator.connection_string
        ) as client:
            client.set_configuration_setting(setting("a/b", label="prod"))
            return [item.value for item in client.list_configuration_settings()]

    assert await asyncio.to_thread(write_and_read) == ["blue"]
