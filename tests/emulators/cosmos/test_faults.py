"""Faults on demand, as an app meets them through the SDK."""

from collections.abc import AsyncIterator
from typing import Any

import pytest
from azure.core.exceptions import AzureError
from azure.cosmos.aio import ContainerProxy
from azure.cosmos.exceptions import CosmosHttpResponseError, CosmosResourceExistsError

from tests.emulators.cosmos.raw import RawClient

ITEM = {"id": "a", "pk": "p"}


@pytest.fixture(autouse=True)
async def no_faults_left(raw: RawClient) -> AsyncIterator[None]:
    """Other tests share the emulator."""
    yield
    await raw.session.delete("/_emulator/faults")


async def show(raw: RawClient, **fault: Any) -> None:
    """Put a fault in force."""
    async with raw.session.post("/_emulator/faults", json=fault) as response:
        assert response.status == 201, await response.text()


async def test_throttling_is_retried_after_the_time_it_names(
    raw: RawClient, container: ContainerProxy
):
    """The SDK waits as long as it is told and then succeeds by itself."""
    await show(raw, operation="Create", status=429, retryAfterMs=5, count=2)

    created = await container.create_item(ITEM)

    assert created["id"] == "a"
    async with raw.session.get("/_emulator/faults") as response:
        assert (await response.json())["faults"][0]["fired"] == 2


async def test_a_fault_meets_only_what_it_matches(raw: RawClient, container: ContainerProxy):
    """A test of one step must not break the others."""
    await show(raw, container="elsewhere", status=503)
    await show(raw, operation="Delete", status=503)

    assert (await container.create_item(ITEM))["id"] == "a"


async def test_a_fault_can_carry_a_substatus(raw: RawClient, container: ContainerProxy):
    """Clients decide by it what to do next."""
    await show(raw, operation="Create", status=410, subStatus=1002, count=1)

    with pytest.raises(CosmosHttpResponseError) as failed:
        await container.create_item(ITEM)

    assert (failed.value.status_code, failed.value.sub_status) == (410, 1002)


@pytest.mark.slow
async def test_a_connection_cut_before_has_no_effect(raw: RawClient, container: ContainerProxy):
    """The request never happened, so it can be made again."""
    await show(raw, operation="Batch", drop="before")

    with pytest.raises(AzureError):
        await container.execute_item_batch([("create", (ITEM,))], "p")
    await raw.session.delete("/_emulator/faults")

    assert (await container.create_item(ITEM))["id"] == "a"


@pytest.mark.slow
async def test_a_connection_cut_after_has_its_effect(raw: RawClient, container: ContainerProxy):
    """The answer is lost, not the write: the reason why every step must be repeatable."""
    await show(raw, operation="Batch", drop="after")

    with pytest.raises(AzureError):
        await container.execute_item_batch([("create", (ITEM,))], "p")
    await raw.session.delete("/_emulator/faults")

    with pytest.raises(CosmosResourceExistsError):
        await container.create_item(ITEM)


async def test_an_impossible_fault_is_refused(raw: RawClient):
    """A typo in a chaos test would otherwise make it pass for nothing."""
    impossible: list[tuple[dict[str, Any], str]] = [
        ({"stauts": 429}, "stauts"),
        ({"operation": "Crate", "status": 429}, "operation"),
    ]
    for fault, wrong in impossible:
        async with raw.session.post("/_emulator/faults", json=fault) as response:
            assert response.status == 400
            assert wrong in await response.text()
