"""Lists: filters, pages and the page etags that refresh relies on."""

import pytest
from azure.appconfiguration import ConfigurationSetting
from azure.core.exceptions import HttpResponseError


async def write(client, *names):
    """Write key-values given as ``key`` or ``key@label``."""
    for name in names:
        key, _, label = name.partition("@")
        await client.set_configuration_setting(
            ConfigurationSetting(key=key, label=label or None, value="x")
        )


async def listed(client, **filters):
    """The key-values a list request finds, as ``key`` or ``key@label``."""
    found = client.list_configuration_settings(**filters)
    return [f"{item.key}@{item.label}" if item.label else item.key async for item in found]


@pytest.mark.parametrize(
    ("filters", "found"),
    [
        ({}, ["a", "a@prod", "ab", "b@test", "b,c"]),
        ({"key_filter": "*"}, ["a", "a@prod", "ab", "b@test", "b,c"]),
        ({"key_filter": "a"}, ["a", "a@prod"]),
        ({"key_filter": "a*"}, ["a", "a@prod", "ab"]),
        ({"key_filter": "ab,b"}, ["ab", "b@test"]),
        ({"key_filter": "b\\,c"}, ["b,c"]),
        ({"key_filter": "A"}, []),
        ({"label_filter": "\0"}, ["a", "ab", "b,c"]),
        ({"label_filter": "prod"}, ["a@prod"]),
        ({"label_filter": "prod,\0"}, ["a", "a@prod", "ab", "b,c"]),
        ({"key_filter": "b*", "label_filter": "t*"}, ["b@test"]),
    ],
)
async def test_filters_by_key_and_label(client, filters, found):
    """The selectors of every configuration provider are made of these."""
    await write(client, "b@test", "ab", "a@prod", "a", "b,c")

    assert await listed(client, **filters) == found


@pytest.mark.parametrize("key_filter", ["*a", "a*b", "a,b,c,d,e,f", "a\\"])
async def test_a_filter_the_service_refuses_is_refused(client, key_filter):
    """Silently matching nothing would look like missing configuration."""
    with pytest.raises(HttpResponseError) as refused:
        await listed(client, key_filter=key_filter)

    assert refused.value.status_code == 400


async def test_filters_by_tags(client):
    """All tag filters have to hold."""
    for key, tags in {"a": {"x": "1"}, "b": {"x": "1", "y": "2"}, "c": {"x": "2"}}.items():
        await client.set_configuration_setting(ConfigurationSetting(key=key, value="", tags=tags))

    assert await listed(client, tags_filter=["x=1"]) == ["a", "b"]
    assert await listed(client, tags_filter=["x=1", "y=2"]) == ["b"]


async def test_selects_fields(client):
    """A list of names need not carry the values."""
    await write(client, "a")

    [item] = [item async for item in client.list_configuration_settings(fields=["key", "etag"])]

    assert (item.key, item.value) == ("a", None)
    assert item.etag


async def test_walks_all_pages(client):
    """More than a page of settings is still all of them, each once and in order."""
    names = [f"k{number:03}" for number in range(205)]
    await write(client, *names)

    pages = [
        [item.key async for item in page]
        async for page in client.list_configuration_settings().by_page()
    ]

    assert [len(page) for page in pages] == [100, 100, 5]
    assert [key for page in pages for key in page] == names


async def changed_pages(client, etags):
    """The pages that are not what *etags* say."""
    pages = client.list_configuration_settings().by_page(match_conditions=etags)
    return [[item.key async for item in page] async for page in pages]


async def page_etags(client):
    """The etags of all pages."""
    pages = client.list_configuration_settings().by_page()
    return [pages.etag async for _ in pages]


async def test_unchanged_pages_are_not_sent_again(client):
    """A poll of an unchanged configuration moves no settings."""
    await write(client, *(f"k{number:03}" for number in range(150)))
    etags = await page_etags(client)

    assert len(etags) == 2
    assert await changed_pages(client, etags) == []


async def test_a_change_behind_unchanged_pages_is_found(client):
    """A 304 still links to the next page, or later changes would never be noticed."""
    await write(client, *(f"k{number:03}" for number in range(150)))
    etags = await page_etags(client)
    await client.set_configuration_setting(ConfigurationSetting(key="k149", value="new"))

    [changed] = await changed_pages(client, etags)

    assert changed[-1] == "k149"


@pytest.mark.parametrize("change", ["insertion", "deletion", "lock"])
async def test_every_kind_of_change_alters_a_page_etag(client, change):
    """Whatever happened, refresh has to see it."""
    await write(client, "a", "b")
    before = await page_etags(client)

    if change == "insertion":
        await write(client, "c")
    elif change == "deletion":
        await client.delete_configuration_setting("b")
    else:
        await client.set_read_only(await client.get_configuration_setting("b"))

    assert await page_etags(client) != before


async def test_lists_labels(client):
    """Operators choose among the labels in use."""
    await write(client, "a", "a@prod", "b@prod", "b@test")

    assert [label.name async for label in client.list_labels()] == [None, "prod", "test"]
    assert [label.name async for label in client.list_labels(name="p*")] == ["prod"]


async def test_revisions_tell_what_a_value_was(client):
    """After a bad change somebody asks what it was before; newest first."""
    for value in ("blue", "red"):
        await client.set_configuration_setting(ConfigurationSetting(key="colour", value=value))
    await write(client, "other")

    revisions = [item.value async for item in client.list_revisions(key_filter="colour")]

    assert revisions == ["red", "blue"]


async def test_labels_and_revisions_come_in_pages_too(client):
    """Long histories are walked completely, nothing twice."""
    labels = [f"l{number:03}" for number in range(101)]
    await write(client, *(f"a@{label}" for label in labels))

    assert [label.name async for label in client.list_labels()] == labels
    assert [item.label async for item in client.list_revisions()] == labels[::-1]
