"""What adoption relies on at Event Grid's dead letters, held by the fake and by blob storage."""

from typing import Any

import pytest
from azure.storage.blob.aio import ContainerClient

from shared.adapters.event_grid_dead_letters import EventGridDeadLetters
from shared.domain.errors import Unavailable
from tests.fakes import InMemoryUndelivered

FILES = {
    "ORDERS/2026/1/2/3/aa.json": b"[1]",
    "ORDERS/2026/11/23/13/bb.json": b"[2]",
    "z-sub/2026/11/23/13/cc.json": b"[3]",
}


@pytest.fixture(params=["fake", "blobs"])
def undelivered(request, blobs_of_event_grid) -> Any:
    """Each implementation of the port in turn, with three files."""
    if request.param == "fake":
        return InMemoryUndelivered(**FILES)
    return EventGridDeadLetters(blobs_of_event_grid)


@pytest.fixture
async def blobs_of_event_grid(blob_container: ContainerClient) -> ContainerClient:
    """A container into which Event Grid has put the files."""
    for name, content in FILES.items():
        await blob_container.upload_blob(name, content)
    return blob_container


async def test_finds_the_files_of_every_subscription(undelivered):
    """Each has a folder of its own."""
    assert set(await undelivered.names(10)) == set(FILES)
    assert len(await undelivered.names(2)) == 2


async def test_a_file_is_read_and_then_removed(undelivered):
    """In this order, with the letters in between."""
    (name, *_) = FILES
    file = await undelivered.read(name)

    await undelivered.remove(file)
    await undelivered.remove(file)

    assert file.content == FILES[name]
    assert await undelivered.read(name) is None
    assert name not in await undelivered.names(10)


class TestBlobs:
    """What only the real adapter can show."""

    @pytest.fixture
    def undelivered(self, blob_container) -> EventGridDeadLetters:
        """The adapter, with nothing in the container."""
        return EventGridDeadLetters(blob_container)

    async def test_leaves_alone_what_is_not_event_grids(self, undelivered, blob_container):
        """Letters above all: adopting them would delete them."""
        for name in (
            "letters/20261123T120000Z-0df1b77b1ae0b7ee8e57f418089f4677",
            "letters/2026/11/23/13/bb.json",
            "2026/11/23/13/bb.json",
            "ORDERS/notes.txt",
            "ORDERS/2026/11/23/13/bb.json.bak",
            "top.json",
        ):
            await blob_container.upload_blob(name, b"[]")

        assert list(await undelivered.names(10)) == []

    async def test_a_file_that_has_changed_since_stays(self, undelivered, blob_container):
        """Its new events were not read by anybody."""
        (name, *_) = FILES
        await blob_container.upload_blob(name, b"[1]")
        file = await undelivered.read(name)
        await blob_container.upload_blob(name, b"[1, 2]", overwrite=True)

        await undelivered.remove(file)

        assert (await undelivered.read(name)).content == b"[1, 2]"

    async def test_a_missing_container_is_unavailable(self, undelivered, blob_container):
        """It looks like "no dead letters" otherwise."""
        await blob_container.delete_container()

        for attempt in (undelivered.names(10), undelivered.read("a")):
            with pytest.raises(Unavailable):
                await attempt
