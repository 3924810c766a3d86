"""Dead letters through the whole app: from Event Grid's file to a settled letter."""

import asyncio
import json
import time
from collections.abc import AsyncIterator
from typing import Any
from uuid import uuid4

import pytest
from azure.storage.blob.aio import BlobServiceClient, ContainerClient

from devstack.app_settings import AZURITE_ACCOUNT, AZURITE_KEY
from tests.shop import Shop

PATIENCE_SECONDS = 20


@pytest.fixture
async def container(emulated) -> AsyncIterator[ContainerClient]:
    """Where Event Grid puts what it could not deliver."""
    account = f"{emulated['blob']}/{AZURITE_ACCOUNT}"
    credential = {"account_name": AZURITE_ACCOUNT, "account_key": AZURITE_KEY}
    async with BlobServiceClient(account, credential=credential) as service:
        yield service.get_container_client("dead-letters")


@pytest.fixture
async def source(container) -> str:
    """The source of two events that Event Grid has given up."""
    source = f"urn:tests:{uuid4()}"
    events = [
        {
            "specversion": "1.0",
            "id": str(number),
            "source": source,
            "type": "OrderSubmitted",
            "time": f"2026-11-23T12:00:0{number}Z",
            "deadletterreason": "MaxDeliveryAttemptsExceeded",
            "data": {"name": "Zoë"},
        }
        for number in range(2)
    ]
    file = f"ORDERS/2026/11/23/5/{uuid4()}.json"
    await container.upload_blob(file, json.dumps(events, indent=1))
    return source


async def letters_of(shop: Shop, source: str) -> list[Any]:
    """The letters of that source, in every state."""
    listing = {"state": "all", "source": source}
    answer = await shop.ask("GET", "/api/ops/dead-letters", params=listing)
    assert answer.status == 200, answer.body
    found: list[Any] = answer.body["deadLetters"]
    return found


async def adopted(shop: Shop, source: str, count: int) -> list[Any]:
    """The same, once there are so many."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    while time.monotonic() < deadline:
        letters = await letters_of(shop, source)
        if len(letters) == count:
            return letters
        await asyncio.sleep(0.1)
    raise AssertionError(f"not {count} letters of {source} within {PATIENCE_SECONDS} s")


async def test_what_event_grid_gave_up_is_found_and_settled(shop, source):
    """Otherwise it lies in a container that nobody looks into."""
    run = await shop.ask("POST", "/admin/functions/adopt_dead_letters", json={"input": ""})
    first, second = await adopted(shop, source, 2)
    path = first["links"]["self"]
    original = (await shop.ask("GET", path)).body["original"]

    discarded = await shop.ask("POST", f"{path}/discard", json={"comment": "a test"})

    assert run.status == 202
    assert (first["eventId"], second["eventId"]) == ("0", "1")
    assert first["reason"] == "max-delivery-attempts-exceeded"
    assert (original["source"], original["data"]) == (source, {"name": "Zoë"})
    assert (discarded.status, discarded.body["state"]) == (200, "discarded")
    assert [each["state"] for each in await letters_of(shop, source)] == ["discarded", "dead"]
