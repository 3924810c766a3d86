"""Switching the app over while it runs, by feature flags in App Configuration."""

import asyncio
import time
from typing import Any
from uuid import uuid4

import pytest

from shared.durable_contract import AUTHORIZE_FIRST
from tests.flags import flags_of
from tests.stacks import RunningStack

pytestmark = pytest.mark.slow

PATIENCE_SECONDS = 20


@pytest.fixture(scope="module")
def stack(tmp_path_factory) -> Any:
    """A stack that looks for changed flags every second."""
    with RunningStack(
        tmp_path_factory.mktemp("flags"), FEATURE_FLAG_REFRESH_SECONDS="1"
    ) as running:
        yield running


@pytest.fixture
async def flags(stack) -> Any:
    """The operator's hand on the flags."""
    async with flags_of(stack) as flags:
        yield flags


async def submission_answers(shop: Any, status: int) -> Any:
    """The first answer with *status* to a submission; each attempt is an order of its own."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    while time.monotonic() < deadline:
        answer = await shop.submit(shop.order({"MUG": 1}))
        if answer.status == status:
            return answer
        await asyncio.sleep(0.1)
    raise AssertionError(f"no {status} within {PATIENCE_SECONDS} s, but {answer}")


async def test_intake_can_be_paused_and_resumed_without_a_restart(shop, flags):
    """Operators stop the inflow while they mend something; clients are told to come back."""
    await shop.stock(MUG=1_000)

    await flags.set("order-intake", enabled=False)
    paused = await submission_answers(shop, 503)
    await flags.set("order-intake", enabled=True)
    resumed = await submission_answers(shop, 202)

    assert paused.problem == "intake-paused"
    assert int(paused.headers["Retry-After"]) > 0
    assert (await shop.settled(resumed.body["id"]))["status"] == "Confirmed"


async def test_a_flag_changes_the_saga_of_targeted_customers_only(shop, flags, stack, session):
    """The order in which an order's steps run was decided at intake, customer by customer."""
    await shop.stock(MUG=1_000)
    mine = shop.order({"MUG": 1})["customerId"]
    await flags.set(AUTHORIZE_FIRST, enabled=True, users=[mine])

    async def first_step_of_new_order(customer: str) -> str:
        body = shop.order({"MUG": 1}) | {"customerId": customer}
        order = await shop.settled((await shop.submit(body)).body["id"])
        path = f"/runtime/webhooks/durabletask/instances/{order['id']}?showHistory=true"
        async with session.get(stack.urls["functions"] + path) as response:
            history = (await response.json(content_type=None))["historyEvents"]
        return str(next(e["FunctionName"] for e in history if e["EventType"] == "TaskCompleted"))

    deadline = time.monotonic() + PATIENCE_SECONDS
    while await first_step_of_new_order(mine) != "authorize_payment":
        assert time.monotonic() < deadline, "the flag never took effect"

    assert await first_step_of_new_order(f"other-{uuid4().hex}") == "reserve_stock"


async def test_flags_in_use_outlive_an_outage_of_app_configuration(shop, stack):
    """Orders go on with the flags that are known; readiness says what is wrong."""
    await shop.stock(MUG=1_000)
    await shop.place({"MUG": 1})
    await asyncio.to_thread(stack.kill, "app_configuration")
    try:
        order = await shop.place({"MUG": 1})
        ready = await shop.ask("GET", "/api/ready")
    finally:
        await asyncio.to_thread(stack.start, "app_configuration")

    assert order["status"] == "Confirmed"
    assert (ready.status, ready.body["checks"]["app-configuration"]["status"]) == (503, "failed")
