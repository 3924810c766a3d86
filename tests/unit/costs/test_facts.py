"""What bills take for granted is what the project says elsewhere."""

import json
import re
from pathlib import Path
from typing import Any

import pytest

from costs import durable, network
from costs.choices import Choices
from costs.compute import group_of
from costs.prices import read_prices
from costs.usage import read_measured
from triggers.timer.dead_letters import EVERY_MINUTE

BICEP = Path("infra/bicep")


def host_json() -> dict[str, Any]:
    """How the host is set up."""
    return dict(json.loads(Path("host.json").read_text()))


@pytest.mark.parametrize(
    ("parameter", "default"),
    [
        ("plan string", f"'{Choices().plan}'"),
        ("cosmosCapacity string", f"'{Choices().cosmos}'"),
        ("instanceMemoryMegabytes int", str(Choices().memory_megabytes)),
        ("networkIsolation bool", str(Choices().network_isolation).lower()),
    ],
)
def test_the_first_choice_is_that_of_the_template(parameter, default):
    """Whoever deploys without a thought gets this bill."""
    template = (BICEP / "main.bicep").read_text()

    assert re.findall(rf"^param {parameter} = (.*)$", template, re.MULTILINE) == [default]


def test_every_private_endpoint_and_zone_of_the_template_is_paid_for():
    """Each is billed by the hour."""
    template = (BICEP / "network-isolation.bicep").read_text()
    topics = json.loads(Path("infra/event-grid.json").read_text())["topics"]
    # One is the type of an entry; each topic has a door, and the app has one for its callers.
    doors = len(re.findall(r"groupId: '", template)) - 1 + len(topics) + 1
    zones = len(re.findall(r"^var \w+Zone = ", template, re.MULTILINE))

    assert doors == network.PRIVATE_ENDPOINTS
    assert zones == network.DNS_ZONES


def test_queues_are_polled_as_often_as_the_host_is_told_to():
    """It is the largest part of what storage costs an idle app."""
    interval = host_json()["extensions"]["durableTask"]["storageProvider"][
        "maxQueuePollingInterval"
    ]

    assert interval == f"00:00:{durable.POLLING_SECONDS:02.0f}"


def test_requests_are_never_sampled():
    """--sampling acts on the rest only."""
    sampling = host_json()["logging"]["applicationInsights"]["samplingSettings"]

    assert "Request" in sampling["excludedTypes"].split(";")


def test_timers_run_every_minute():
    """They are what keeps an idle app busy; one more is a higher bill."""
    source = Path("function_app.py").read_text()

    assert EVERY_MINUTE == "0 * * * * *"
    assert len(read_measured().idle.timers) == source.count("app.timer_trigger(")
    assert set(read_measured().idle.timers.values()) == {60}


def test_every_function_that_was_measured_is_one_of_the_app():
    """A renamed function would fall into the wrong scale group unnoticed."""
    known = set(json.loads(Path("infra/background-functions.json").read_text()))
    ran = {name for usage in read_measured().orders for name in usage.executions}
    timers = set(read_measured().idle.timers)

    assert {group_of(name) for name in ran - known} == {"http"}
    assert timers <= known
    assert {group_of(timer) for timer in timers} == timers
    assert group_of("reserve_stock") == group_of("fulfil_order") == "durable"


def test_every_price_says_where_it_was_read():
    """A figure without a date and a source is a rumour."""
    for price in read_prices().prices.values():
        assert re.fullmatch(r"20\d\d-\d\d-\d\d", price.date), price.key
        assert price.source.startswith("https://"), price.key
        assert price.confirmed or price.note, price.key
        assert price.amount > 0, price.key
