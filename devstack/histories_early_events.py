"""The paths of ``await_event``."""

from devstack.histories_scenarios import scenario
from devstack.histories_stage import EVENT_ATTEMPTS, Stage


@scenario("await_event/applied-at-first-attempt")
async def applied_at_first_attempt(stage: Stage) -> str:
    """The order was there before the event was tried again."""
    instance_id = await stage.early_shipment()
    await stage.order()
    return instance_id


@scenario("await_event/applied-at-second-attempt")
async def applied_at_second_attempt(stage: Stage) -> str:
    """The first attempt was too early as well."""
    instance_id = await stage.early_shipment()
    await stage.tried(instance_id)
    await stage.order()
    return instance_id


@scenario("await_event/applied-after-outage")
async def applied_after_outage(stage: Stage) -> str:
    """The first attempt failed, since the database did not answer."""
    instance_id = await stage.early_shipment()
    await stage.break_down("cosmos", container="orders", status=503)
    await stage.failed(instance_id)
    await stage.repair()
    await stage.order()
    return instance_id


@scenario("await_event/given-up")
async def given_up(stage: Stage) -> str:
    """The order never came; the letter is dead after its last attempt."""
    instance_id = await stage.early_shipment()
    await stage.tried(instance_id, times=EVENT_ATTEMPTS)
    return instance_id
