"""Orders that wait for approval outlive crashes, and so do their deadlines."""

import asyncio
from typing import Any
from uuid import uuid4

import pytest
from azure.appconfiguration.aio import AzureAppConfigurationClient
from azure.cosmos.aio import CosmosClient

from devstack.provision import value_setting
from shared.adapters.cosmos_orders import CosmosOrders
from shared.adapters.review_policies import APPROVAL_KEY
from shared.application.decide_approval import DecideApproval
from shared.container import utc_now
from shared.domain.approval import Verdict
from shared.domain.order import Order
from shared.domain.review import Decision
from tests.shop import eventually
from tests.stacks import RunningStack

SECONDS = 1 / 3600

pytestmark = [pytest.mark.slow]
POLICY = {"thresholds": {"GBP": "10.00"}}


@pytest.fixture(scope="module")
def stack(tmp_path_factory) -> Any:
    """A stack that looks for a changed policy every second."""
    folder = tmp_path_factory.mktemp("approvals")
    with RunningStack(folder, FEATURE_FLAG_REFRESH_SECONDS="1") as running:
        yield running


async def waiting(stack: Any, shop: Any, deadline_hours: float) -> str:
    """An order that waits for approval, from an app that has just begun to know the policy."""
    connection_string = stack.settings["APP_CONFIGURATION_CONNECTION_STRING"]
    value = POLICY | {"deadlineHours": deadline_hours}
    entry = {"key": APPROVAL_KEY, "contentType": "application/json", "value": value}
    async with AzureAppConfigurationClient.from_connection_string(connection_string) as client:
        await client.set_configuration_setting(value_setting(entry))
    # What it is told at its start it need not be told again.
    await crash(stack)
    await shop.stock(MUG=10)
    order_id = (await shop.submit_patiently(shop.order({"MUG": 4}), uuid4().hex))["id"]
    await eventually(lambda: is_in(shop, order_id, "AwaitingApproval"))
    return str(order_id)


async def crash(stack: Any) -> None:
    """The app dies, and is started again."""
    await asyncio.to_thread(stack.kill, "functions")
    await asyncio.to_thread(stack.start, "functions")


async def is_in(shop: Any, order_id: str, status: str) -> bool:
    """Whether the order is in that state by now."""
    return bool((await shop.ask("GET", f"/api/orders/{order_id}")).body.get("status") == status)


async def test_an_order_is_approved_after_a_crash(stack, shop):
    """Whoever approves does not know, nor care, that the machine was another one yesterday."""
    order_id = await waiting(stack, shop, deadline_hours=72)

    await crash(stack)
    answer = await shop.ask(
        "POST", f"/api/orders/{order_id}/approval", json={"decision": "approve"}
    )

    assert answer.status == 202
    assert (await shop.settled(order_id))["status"] == "Confirmed"
    assert await shop.kept(order_id) == 1_000


async def test_a_deadline_that_passes_while_the_app_is_down_holds(stack, shop):
    """It fires as soon as there is somebody to hear it."""
    order_id = await waiting(stack, shop, deadline_hours=3 * SECONDS)

    await crash(stack)
    final = await shop.settled(order_id)

    assert (final["status"], final["reason"]) == ("Rejected", "approval-expired")
    assert await shop.level("MUG") == (10, 0)


async def test_after_three_days_without_a_decision_the_order_is_rejected(stack, shop, session):
    """The clock of the task hub is put forward; the timer is the one that runs in Azure."""
    order_id = await waiting(stack, shop, deadline_hours=72)

    url = f"{stack.urls['functions']}/_emulator/clock"
    for hours in (71, 1.01):
        assert await is_in(shop, order_id, "AwaitingApproval")
        async with session.post(url, json={"advanceSeconds": hours * 3600}) as response:
            assert response.status == 200
    final = await shop.settled(order_id)

    assert (final["status"], final["reason"]) == ("Rejected", "approval-expired")


async def test_a_decision_is_carried_out_though_the_saga_was_not_told(stack, shop):
    """The process died between the record and the news: the change feed brings them."""
    order_id = await waiting(stack, shop, deadline_hours=72)

    settings = stack.settings
    async with CosmosClient(settings["COSMOS_ENDPOINT"], settings["COSMOS_KEY"]) as client:
        database = client.get_database_client(settings["COSMOS_DATABASE"])
        decide_approval = DecideApproval(
            CosmosOrders(database.get_container_client("orders")), utc_now
        )
        await decide_approval(order_id, Verdict(Decision.APPROVED, "alice"), nobody_is_told)

    assert (await shop.settled(order_id))["status"] == "Confirmed"


async def nobody_is_told(_: Order) -> None:
    """Where the process died."""
