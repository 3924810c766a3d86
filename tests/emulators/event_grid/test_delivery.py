"""Events on their way from a publisher to a webhook."""

import time

import pytest
from azure.core.messaging import CloudEvent

from tests.emulators.event_grid.conftest import CLOUD_EVENTS, event, subscription, topic
from tests.emulators.event_grid.recorder import Recorder

INTAKE = "orders/intake"


async def test_an_event_reaches_the_endpoint_as_event_grid_sends_it(start, hook):
    """Consumers parse exactly this: an array, the topic filled in, and the headers."""
    grid = await start(topic(subscription(hook)))

    await grid.publish(event("42", data={"lines": [1, 2.5, None]}))
    [received] = await hook.wait_for(1)

    headers = hook.received[0].headers
    assert isinstance(hook.received[0].body, list)
    assert received["data"] == {"lines": [1, 2.5, None]}
    assert received["topic"].endswith("/providers/Microsoft.EventGrid/topics/orders")
    assert received["metadataVersion"] == "1"
    assert headers["content-type"] == "application/json; charset=utf-8"
    assert headers["aeg-event-type"] == "Notification"
    assert headers["aeg-subscription-name"] == "INTAKE"
    assert headers["aeg-delivery-count"] == "0"
    assert headers["aeg-data-version"] == "1.0"


async def test_a_cloud_event_reaches_the_endpoint_as_one_object(start, hook):
    """Unlike Event Grid's own schema, single CloudEvents are not in an array."""
    grid = await start(topic(subscription(hook), inputSchema=CLOUD_EVENTS))

    await grid.publish(CloudEvent("/shop", "Order.Submitted", data={"a": 1}, extensions={"x": "y"}))
    await hook.wait_for(1)

    received = hook.received[0]
    assert isinstance(received.body, dict)
    assert received.body["data"] == {"a": 1}
    assert received.body["x"] == "y"
    assert received.headers["content-type"] == "application/cloudevents+json; charset=utf-8"


async def test_a_failed_delivery_is_tried_again(start, hook):
    """The reason to have Event Grid at all; the count in the header goes up."""
    grid = await start(topic(subscription(hook)), speed=1000)
    hook.answers = [500, 503, 301]

    await grid.publish(event("42"))
    await hook.wait_for(4)

    await grid.settle(INTAKE, queued=0, delivered=1, retries=3)
    assert [one.headers["aeg-delivery-count"] for one in hook.received] == ["0", "1", "2", "3"]
    assert hook.ids == ["42"] * 4


async def test_the_first_retry_waits_ten_seconds(start, hook):
    """At the service's own pace; a test that waits less proves nothing about the app."""
    grid = await start(topic(subscription(hook)), speed=10)
    hook.answers = [500]

    await grid.publish(event())
    await hook.wait_for(2)

    first, second = (one.at for one in hook.received)
    assert 1.0 <= second - first < 8.0


@pytest.mark.parametrize("status", [400, 401, 403, 413])
async def test_some_refusals_are_final(start, hook, status):
    """An app that answers one of these by mistake loses its events: that has to show."""
    grid = await start(topic(subscription(hook)), speed=1000)
    hook.always = status

    await grid.publish(event())
    stats = await grid.settle(INTAKE, dropped=1)

    assert (stats["queued"], stats["attempts"], len(hook.received)) == (0, 1, 1)


@pytest.mark.parametrize("status", [201, 202, 203, 204])
async def test_other_successes_count_too(start, hook, status):
    """The Functions host answers 202."""
    grid = await start(topic(subscription(hook)))
    hook.always = status

    await grid.publish(event())

    await grid.settle(INTAKE, delivered=1, queued=0, failedRequests=0)


@pytest.mark.parametrize("status", [205, 206, 302, 404, 429])
async def test_everything_else_is_a_failure(start, hook, status):
    """206 looks like success, and a redirect is not followed."""
    grid = await start(topic(subscription(hook)))
    hook.always = status

    await grid.publish(event())
    stats = await grid.settle(INTAKE, failedRequests=1)

    assert (stats["queued"], len(hook.received)) == (1, 1)


async def test_an_endpoint_that_answers_too_late_gets_the_event_again(start, hook):
    """It may have done its work all the same: handlers must be idempotent."""
    grid = await start(topic(subscription(hook)), speed=1000, response_seconds=0.2)
    hook.answers = [2.0]

    await grid.publish(event("42"))
    await hook.wait_for(2)

    assert hook.ids == ["42", "42"]
    await grid.settle(INTAKE, delivered=1, failedRequests=1)


async def test_attempts_end_after_the_most_that_are_allowed(start, hook):
    """30 by default; what is given up without a place for dead letters is lost, and counted."""
    policy = {"maxDeliveryAttempts": 3}
    grid = await start(topic(subscription(hook, retryPolicy=policy)), speed=1000)
    hook.always = 500

    await grid.publish(event())
    stats = await grid.settle(INTAKE, dropped=1)

    assert (stats["attempts"], stats["queued"]) == (3, 0)


async def test_an_event_too_old_is_not_tried_again(start, hook):
    """Its age is looked at only when the next attempt is due."""
    policy = {"eventTimeToLiveInMinutes": 1}
    grid = await start(topic(subscription(hook, retryPolicy=policy)))
    hook.always = 500
    await grid.publish(event())
    await grid.settle(INTAKE, failedRequests=1)

    await grid.advance(61)

    stats = await grid.settle(INTAKE, dropped=1)
    assert stats["attempts"] == 1


async def test_subscriptions_do_not_wait_for_each_other(start, hook):
    """A broken consumer is no excuse for the others."""
    async with Recorder() as broken:
        broken.always = 500
        grid = await start(topic(subscription(hook), subscription(broken, name="broken")))

        await grid.publish(*(event(str(number)) for number in range(20)))
        await hook.wait_for(20)

        await grid.settle(INTAKE, delivered=20, queued=0)
        await grid.settle("orders/broken", delivered=0, queued=20)


async def test_requests_to_a_slow_endpoint_run_side_by_side(start, hook):
    """One event at a time would take a slow consumer eight seconds here."""
    grid = await start(topic(subscription(hook)))
    hook.answers = [0.5] * 16
    started = time.monotonic()

    await grid.publish(*(event(str(number)) for number in range(16)))
    await grid.settle(INTAKE, delivered=16)

    assert time.monotonic() - started < 4


async def test_delivery_headers_come_along(start, hook):
    """How consumers recognise their sender."""
    headers = {"X-Tenant": "north"}
    grid = await start(topic(subscription(hook, deliveryHeaders=headers)))

    await grid.publish(event())
    await hook.wait_for(1)

    assert hook.received[0].headers["x-tenant"] == "north"


async def test_events_of_a_topic_can_be_delivered_as_cloud_events(start, hook):
    """A consumer of CloudEvents does not care how they were published."""
    grid = await start(topic(subscription(hook, eventDeliverySchema=CLOUD_EVENTS)))

    await grid.publish(event("42", "orders/1", "Order.Submitted", {"a": 1}))
    [received] = await hook.wait_for(1)

    assert received["source"].endswith("/topics/orders")
    assert received["specversion"] == "1.0"
    kept = {name: received[name] for name in ("id", "subject", "type", "data")}
    assert kept == {"id": "42", "subject": "orders/1", "type": "Order.Submitted", "data": {"a": 1}}
