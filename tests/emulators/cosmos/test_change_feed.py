"""The change feed: order, completeness, resumption."""

from datetime import UTC, datetime
from typing import Any

from azure.cosmos.aio import ContainerProxy

from tests.emulators.cosmos.raw import RawClient


def item(name: str, partition: str = "p", **more: Any) -> dict[str, Any]:
    """An item to be seen in the feed."""
    return {"id": name, "pk": partition, **more}


async def changes(container: ContainerProxy, **options: Any) -> list[Any]:
    """The ids that a read of the feed gives until it is idle."""
    feed = container.query_items_change_feed(**options)
    return [row["id"] async for row in feed]


def token(container: ContainerProxy) -> str:
    """Where the last read of the feed ended."""
    return str(container.client_connection.last_response_headers["etag"])


async def test_changes_come_in_the_order_of_the_last_write(container: ContainerProxy):
    """Each item once, in its latest version; what was deleted is not told."""
    for name in "abcd":
        await container.create_item(item(name))
    await container.upsert_item(item("a", n=2))
    await container.delete_item("c", "p")

    assert await changes(container, start_time="Beginning") == ["b", "d", "a"]


async def test_reading_on_gives_only_what_changed_since(container: ContainerProxy):
    """A relay that restarts goes on where it stopped: nothing lost, nothing twice."""
    await container.create_item(item("a"))
    await changes(container, start_time="Beginning")
    first = token(container)
    assert await changes(container, continuation=first) == []

    await container.create_item(item("b"))
    await container.upsert_item(item("a"))

    assert await changes(container, continuation=first) == ["b", "a"]


async def test_starting_now_gives_what_comes_later(container: ContainerProxy):
    """The idle answer carries the place to go on from."""
    await container.create_item(item("a"))
    assert await changes(container, start_time="Now") == []
    now = token(container)

    await container.create_item(item("b"))

    assert await changes(container, continuation=now) == ["b"]


async def test_starting_at_a_time_gives_what_was_written_from_then_on(container: ContainerProxy):
    """Seconds are as fine as this start point gets."""
    created = await container.create_item(item("a"))
    then = datetime.fromtimestamp(created["_ts"], UTC)

    assert await changes(container, start_time=then) == ["a"]
    assert await changes(container, start_time=then.replace(year=then.year + 1)) == []


async def test_what_was_written_together_is_read_together(raw: RawClient, container, docs: str):
    """A page may be larger than asked for, but never ends inside of a transaction."""
    await container.create_item(item("before"))
    await container.execute_item_batch([("create", (item(n),)) for n in "abc"], "p")
    await container.create_item(item("after"))
    feed = {"a_im": "Incremental Feed", "x_ms_max_item_count": "2"}

    _, headers, first = await raw.send("GET", docs, **feed)
    _, _, second = await raw.send("GET", docs, if_none_match=headers["etag"], **feed)

    assert [name for name in ("before", "a", "b", "c", "after") if f'"id":"{name}"' in first] == [
        "before",
        "a",
        "b",
        "c",
    ]
    assert '"id":"after"' in second
    assert first.count('"_lsn":2') == 3


async def test_an_idle_feed_answers_304_with_the_current_place(
    raw: RawClient, container, docs: str
):
    """Without an etag a client that starts now could never go on."""
    await container.create_item(item("a"))

    status, headers, text = await raw.send("GET", docs, a_im="Incremental Feed", if_none_match="*")

    assert (status, headers["etag"], text) == (304, '"1"', "")


async def test_the_feed_of_one_partition_has_only_its_changes(container: ContainerProxy):
    """Following one order does not read all orders."""
    for name, partition in [("a", "p"), ("b", "q"), ("c", "p")]:
        await container.create_item(item(name, partition))

    assert await changes(container, start_time="Beginning", partition_key="p") == ["a", "c"]


async def test_the_feed_of_a_feed_range_has_only_its_changes(container: ContainerProxy):
    """Workers share a container by feed ranges."""
    for name, partition in [("a", "p"), ("b", "q")]:
        await container.create_item(item(name, partition))
    feed_range = await container.feed_range_from_partition_key("q")

    assert await changes(container, start_time="Beginning", feed_range=feed_range) == ["b"]


async def test_pages_of_the_feed_together_are_the_whole_feed(container: ContainerProxy):
    """However small the pages are."""
    names = [f"i{n:02}" for n in range(25)]
    for name in names:
        await container.create_item(item(name))

    assert await changes(container, start_time="Beginning", max_item_count=4) == names


async def test_an_unknown_mode_is_refused_by_name(raw: RawClient, docs: str):
    """Whoever asks for another feed must not get this one."""
    status, _, text = await raw.send("GET", docs, a_im="Half-Hearted Feed")

    assert status == 501
    assert "half-hearted feed" in text


async def test_a_damaged_place_is_refused(raw: RawClient, docs: str):
    """Starting over without a word would repeat every event."""
    status, _, _ = await raw.send("GET", docs, a_im="Incremental Feed", if_none_match='"x"')

    assert status == 400
