import dataclasses
import io
import json
from pathlib import Path

import pytest
from aiohttp.test_utils import TestServer
from rich.console import Console

from devstack import run as run_module
from devstack.ports import Ports
from devstack.run import RunOptions, run
from devstack.topic import TopicError
from devstack.via import TopicAddress, Via
from tests.integration.devstack.shop import TOPIC_KEY, Shop, dead_letter
from tests.integration.devstack.test_run import Outcome

pytestmark = pytest.mark.slow


async def run_at(shop: Shop, orders: Path, key: str = TOPIC_KEY) -> Outcome:
    """Run the orders against *shop*, by events."""
    report, printed = orders.with_suffix(".json"), io.StringIO()
    async with TestServer(shop.app()) as server:
        options = RunOptions(orders, 200, Ports(), base_url=str(server.make_url("")))
        options = dataclasses.replace(
            options,
            report=report,
            via=Via.EVENTS,
            topic=TopicAddress(str(server.make_url("/inbound/api/events")), key),
        )
        code = await run(options, Console(file=printed, width=120))
    return Outcome(code, json.loads(report.read_text()), printed.getvalue())


async def test_every_event_is_accounted_for(orders):
    """Two orders, one of them twice, and one poison: two ends and a dead letter."""
    outcome = await run_at(Shop(), orders)

    assert outcome.code == 0, outcome.printed
    assert outcome.report["orders"]["confirmed"] == 1
    assert outcome.report["orders"]["notConfirmed"] == {"Rejected: payment-declined": 1}
    assert outcome.report["events"] == {
        "published": 4,
        "requests": 1,
        "orders": 2,
        "duplicates": 1,
        "poison": 1,
        "deadLetters": 1,
        "deadLetterReasons": {"invalid-data": 1},
        "deadLetterFaults": [],
    }
    assert "Dead letters match: 1 in all, exactly the poison, once each" in outcome.printed
    latencies = outcome.report["latencyMilliseconds"]
    assert latencies["publishToFinal"]["p50"] > 0
    assert latencies["submitToFinal"]["p50"] is None


@pytest.mark.parametrize("trouble", ["refuse_first_attempts", "cut_first_attempts"])
async def test_a_topic_that_did_not_acknowledge_is_sent_the_same_again(orders, trouble):
    """Whether it took the events is unknown, and to send them twice is harmless."""
    shop = Shop()
    setattr(shop, trouble, True)

    outcome = await run_at(shop, orders)

    assert outcome.code == 0, outcome.printed
    assert shop.requests >= 2
    assert len(shop.orders) == 2


async def test_a_topic_that_refuses_the_key_is_told_at_once(orders):
    """Sending it the same for a minute helps nobody."""
    with pytest.raises(TopicError, match="inbound/api/events refused the events"):
        await run_at(Shop(), orders, key="d3Jvbmc=")


async def test_running_the_same_file_again_counts_only_new_dead_letters(orders):
    """With a kept state those of the first run are still there."""
    shop = Shop()
    await run_at(shop, orders)
    shop.dead_letters = {"old": dead_letter("poison-0-no-data", "invalid-data") | {"id": "old"}}

    again = await run_at(shop, orders)

    assert again.code == 0, again.printed
    assert again.report["orders"]["knownFromEarlierRuns"] == 2
    assert again.report["events"]["deadLetters"] == 1


async def test_refused_orders_are_dead_letters_and_counted_as_refused(orders):
    """What HTTP answers at once, a sender of events learns from the dead letters."""
    outcome = await run_at(Shop(problem="price-mismatch"), orders)

    assert outcome.code == 1
    assert outcome.report["orders"]["refused"] == {"price-mismatch": 2}
    assert outcome.report["events"]["deadLetterFaults"] == []
    assert "no order was accepted" in outcome.printed


async def test_poison_that_vanishes_fails_the_run_and_is_named(orders, monkeypatch):
    """It was acknowledged, and nobody would ever learn of it."""
    monkeypatch.setattr(run_module, "NO_PROGRESS_SECONDS", 0.5)

    outcome = await run_at(Shop(lose_dead_letters=True), orders)

    assert outcome.code == 1
    assert "poison-0-no-data: no dead letter (invalid-data)" in outcome.printed


async def test_an_order_that_never_comes_up_fails_the_run(orders, monkeypatch):
    """Lost between the topic and the app: nothing is final, and nothing is a dead letter."""
    monkeypatch.setattr(run_module, "NO_PROGRESS_SECONDS", 0.5)
    shop = Shop()
    monkeypatch.setattr(shop, "_take_in", lambda event: None)

    outcome = await run_at(shop, orders)

    assert outcome.code == 1
    assert outcome.report["orders"]["refused"] == {"no proper answer": 2}
