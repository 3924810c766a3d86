"""Several events in one request."""

from azure.core.messaging import CloudEvent

from tests.emulators.event_grid.conftest import CLOUD_EVENTS, event, subscription, topic

INTAKE = "orders/intake"


def batching(events, kilobytes=64):
    """The part of a subscription's configuration."""
    limits = {"maxEventsPerBatch": events, "preferredBatchSizeInKilobytes": kilobytes}
    return {"batching": limits}


def sizes(hook):
    """How many events each request had."""
    return [len(request.events) for request in hook.received]


async def test_events_that_wait_together_travel_together(start, hook):
    """Up to the configured number; the rest does not wait for more."""
    grid = await start(topic(subscription(hook, **batching(10))))

    await grid.publish(*(event(str(number)) for number in range(25)))
    await grid.settle(INTAKE, delivered=25)

    assert sorted(sizes(hook)) == [5, 10, 10]
    assert sorted(hook.ids, key=int) == [str(number) for number in range(25)]


async def test_a_single_event_does_not_wait_for_company(start, hook):
    """Batching is opportunistic; a lone event still comes in an array."""
    grid = await start(
        topic(subscription(hook, **batching(10)), inputSchema=CLOUD_EVENTS), speed=0.001
    )

    await grid.publish(CloudEvent("/shop", "t"))
    await hook.wait_for(1)

    [received] = hook.received
    assert isinstance(received.body, list)
    assert received.headers["content-type"] == "application/cloudevents-batch+json; charset=utf-8"


async def test_a_batch_ends_at_the_preferred_size(start, hook):
    """An event that is larger than that goes alone."""
    grid = await start(topic(subscription(hook, **batching(100, kilobytes=2))))
    lengths = [600, 600, 600, 5000, 600]

    await grid.publish(*(event(str(n), data="x" * size) for n, size in enumerate(lengths)))
    await grid.settle(INTAKE, delivered=5)

    together = {tuple(one["id"] for one in request.events) for request in hook.received}
    assert together == {("0", "1"), ("2",), ("3",), ("4",)}


async def test_a_failed_batch_is_tried_again_as_a_whole(start, hook):
    """One status for all: what was already handled comes again."""
    grid = await start(topic(subscription(hook, **batching(10))), speed=1000)
    hook.answers = [500]

    await grid.publish(*(event(str(number)) for number in range(4)))
    await grid.settle(INTAKE, delivered=4, retries=4)

    assert sizes(hook) == [4, 4]


async def test_attempts_are_counted_for_each_event(start, hook):
    """A fresh event in the batch does not outlive its own attempts, nor cut those of others."""
    policy = {"maxDeliveryAttempts": 2}
    grid = await start(topic(subscription(hook, retryPolicy=policy, **batching(10))))
    hook.always = 500
    await grid.publish(event("old"))
    await grid.settle(INTAKE, attempts=1)
    await grid.post("/_emulator/subscriptions/orders/intake/pause")
    await grid.publish(event("new"))
    await grid.advance(20)

    await grid.post("/_emulator/subscriptions/orders/intake/resume")
    await grid.settle(INTAKE, attempts=3, dropped=1, queued=1)

    assert {one["id"] for one in hook.received[-1].events} == {"old", "new"}
