"""``--enforce-throughput``: a container gives what its offer says, and no more."""

import time
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from pathlib import Path
from uuid import uuid4

import pytest
from azure.cosmos import PartitionKey
from azure.cosmos._retry_options import RetryOptions
from azure.cosmos.aio import ContainerProxy, CosmosClient
from azure.cosmos.documents import ConnectionPolicy
from azure.cosmos.exceptions import CosmosHttpResponseError

from emulators.cosmos.auth import EMULATOR_KEY
from emulators.cosmos.throttle import Bucket
from tests.emulators.cosmos.server import EmulatorProcess

# With this a write costs what makes 400 RU/s run out within a few of them.
LARGE = "x" * 100_000


@dataclass
class StillClock:
    """The time of an emulator, which a test moves on: a slow test machine uses up as much as a fast
    one then.
    """

    file: Path

    def go_on(self, seconds: float) -> None:
        """Let so much time pass."""
        self.file.write_text(str(float(self.file.read_text()) + seconds))


@pytest.fixture(scope="module")
def clock(tmp_path_factory: pytest.TempPathFactory) -> StillClock:
    """Stands still."""
    file = tmp_path_factory.mktemp("clock") / "now"
    file.write_text(str(time.time()))
    return StillClock(file)


@pytest.fixture(scope="module")
def limited(clock: StillClock) -> Iterator[EmulatorProcess]:
    """An emulator that enforces throughput, and gives none back while its clock stands still."""
    module = ("tests.emulators.cosmos.clock", str(clock.file))
    process = EmulatorProcess(":memory:", None, "--enforce-throughput", module=module)
    yield process
    process.stop()


async def new_container(client: CosmosClient, throughput: int) -> ContainerProxy:
    """A container of that throughput."""
    database = await client.create_database(f"db-{uuid4()}")
    return await database.create_container("c", PartitionKey("/pk"), offer_throughput=throughput)


@pytest.fixture
async def impatient(limited: EmulatorProcess) -> AsyncIterator[CosmosClient]:
    """A client that does not try again when it is throttled."""
    policy = ConnectionPolicy()
    policy.RetryOptions = RetryOptions(max_retry_attempt_count=0)
    async with CosmosClient(limited.url, EMULATOR_KEY, connection_policy=policy) as client:
        yield client


async def write_until_refused(container: ContainerProxy, key: str) -> CosmosHttpResponseError:
    """The refusal; that it comes is what keeps the loop finite."""
    for number in range(100):
        try:
            await container.create_item({"id": f"{key}-{number}", "pk": key, "text": LARGE})
        except CosmosHttpResponseError as error:
            return error
    raise AssertionError("nothing was refused")


async def test_more_than_the_offer_is_refused_with_the_time_to_wait(impatient: CosmosClient):
    """An app must slow down: without the header the SDK would hammer on at once."""
    container = await new_container(impatient, 400)

    refused = await write_until_refused(container, "p")

    assert (refused.status_code, refused.sub_status) == (429, 3200)
    assert int(refused.headers["x-ms-retry-after-ms"]) >= 1


async def test_a_refused_write_has_no_effect(impatient: CosmosClient, clock: StillClock):
    """Whoever tries again must not find the item there."""
    container = await new_container(impatient, 400)
    await write_until_refused(container, "p")

    clock.go_on(seconds=60)
    found = [row["id"] async for row in container.query_items("SELECT c.id FROM c")]
    written = await container.create_item({"id": f"p-{len(found)}", "pk": "p"})

    assert written["id"] not in found


@pytest.fixture
def limited_in_time() -> Iterator[EmulatorProcess]:
    """The same with a clock that goes on."""
    process = EmulatorProcess(":memory:", None, "--enforce-throughput")
    yield process
    process.stop()


async def test_a_patient_client_gets_through(limited_in_time: EmulatorProcess):
    """What the SDK does by itself when it is told how long to wait."""
    async with CosmosClient(limited_in_time.url, EMULATOR_KEY) as client:
        container = await new_container(client, 400)

        for number in range(12):
            await container.create_item({"id": f"{number}", "pk": "p", "text": LARGE})

        counts = [row async for row in container.query_items("SELECT c.id FROM c")]
        assert len(counts) == 12


async def test_each_range_has_its_share(impatient: CosmosClient):
    """A hot partition is refused while the others still have room, as in the service."""
    container = await new_container(impatient, 13_000)
    await write_until_refused(container, "hot")

    elsewhere = await container.create_item({"id": "a", "pk": "pk2"})

    assert elsewhere["id"] == "a"


async def test_containers_do_not_pay_for_each_other(impatient: CosmosClient):
    """Unless their database has throughput that they share."""
    busy, idle = await new_container(impatient, 400), await new_container(impatient, 400)
    await write_until_refused(busy, "p")

    assert (await idle.create_item({"id": "a", "pk": "p"}))["id"] == "a"


async def test_containers_of_a_database_share_its_throughput(impatient: CosmosClient):
    """One that is busy slows the other down: the price of sharing."""
    database = await impatient.create_database(f"db-{uuid4()}", offer_throughput=400)
    busy = await database.create_container("busy", PartitionKey("/pk"))
    other = await database.create_container("other", PartitionKey("/pk"))
    await write_until_refused(busy, "p")

    with pytest.raises(CosmosHttpResponseError) as refused:
        await other.create_item({"id": "a", "pk": "p"})

    assert refused.value.status_code == 429


def test_a_debt_is_paid_at_the_rate():
    """A request of 1,500 RU at 1,000 RU/s keeps the next one out for half a second."""
    bucket = Bucket(1000, 1000, filled_at=0)
    bucket.level -= 1500

    assert bucket.wait(1000, now=0) == pytest.approx(0.5)
    assert bucket.wait(1000, now=0.3) == pytest.approx(0.2)
    assert bucket.wait(1000, now=0.6) == 0


def test_what_is_not_used_is_kept_for_one_second_only():
    """An idle night must not pay for a burst in the morning."""
    bucket = Bucket(1000, 0, filled_at=0)

    bucket.wait(1000, now=3600)

    assert bucket.level == 1000
