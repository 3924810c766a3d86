"""No endpoint gets events that has not agreed to."""

import pytest

from tests.emulators.event_grid.conftest import CLOUD_EVENTS, event, running, subscription, topic
from tests.emulators.event_grid.recorder import Recorder

INTAKE = "orders/intake"


async def test_an_endpoint_is_asked_before_it_gets_events(start, hook):
    """With a validation event, whose code it has to echo."""
    grid = await start(topic(subscription(hook)))

    await grid.settle(INTAKE, state="Succeeded")

    [asked] = hook.handshakes
    [validation] = asked.body
    assert asked.headers["aeg-subscription-name"] == "INTAKE"
    assert validation["eventType"] == "Microsoft.EventGrid.SubscriptionValidationEvent"
    assert validation["data"]["validationUrl"].startswith(grid.url)


async def test_an_endpoint_for_cloud_events_is_asked_with_options(start, hook):
    """The handshake of the CloudEvents standard: no event is posted."""
    grid = await start(topic(subscription(hook), inputSchema=CLOUD_EVENTS))

    await grid.settle(INTAKE, state="Succeeded")

    [asked] = hook.handshakes
    assert asked.headers["webhook-request-origin"] == "eventgrid.azure.net"


@pytest.mark.parametrize("schema", ["EventGridSchema", CLOUD_EVENTS])
async def test_an_endpoint_that_does_not_agree_gets_nothing(start, hook, schema):
    """Until somebody opens the validation URL."""
    hook.agrees = False
    grid = await start(topic(subscription(hook, eventDeliverySchema=schema)))
    await grid.publish(event())
    stats = await grid.settle(INTAKE, state="AwaitingManualAction", queued=1)

    url = stats["detail"].partition("open ")[2]
    async with grid.session.get(url) as opened:
        assert opened.status == 200

    await grid.settle(INTAKE, state="Succeeded", delivered=1)


async def test_the_validation_url_is_good_for_ten_minutes(start, hook):
    """Later the handshake has failed, and has to be asked for again."""
    hook.agrees = False
    grid = await start(topic(subscription(hook)), speed=6000)
    await grid.settle(INTAKE, state="Failed")
    hook.agrees = True

    async with await grid.post("/_emulator/subscriptions/orders/intake/validate") as answer:
        assert answer.status == 204

    await grid.settle(INTAKE, state="Succeeded")


async def test_an_endpoint_may_start_later(start):
    """The Functions host often does: its events wait for it."""
    hook = Recorder()
    grid = await start(topic(subscription(hook)), speed=100)
    await grid.publish(event("42"))
    await grid.settle(INTAKE, state="Pending", queued=1)

    async with hook:
        await hook.wait_for(1)
        await grid.settle(INTAKE, state="Succeeded", delivered=1)

    assert hook.ids == ["42"]


async def test_an_endpoint_once_validated_is_not_asked_again(hook, tmp_path):
    """A restart of the emulator must not need the endpoint."""
    for _ in range(2):
        async with running([topic(subscription(hook))], state=str(tmp_path)) as grid:
            await grid.settle(INTAKE, state="Succeeded")

    assert len(hook.handshakes) == 1
