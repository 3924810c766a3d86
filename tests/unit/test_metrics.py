"""What is measured, read back by the SDK."""

from collections.abc import Iterator
from dataclasses import dataclass

import pytest
from opentelemetry import metrics
from opentelemetry.sdk.metrics import MeterProvider
from opentelemetry.sdk.metrics.export import InMemoryMetricReader

from shared.application.flag_order import FlagOrder
from shared.application.ports import CircuitState
from shared.domain.milestones import Work
from shared.metrics import observe_circuit
from tests.builders import order
from tests.fakes import FakeClock, InMemoryOrders


@dataclass
class Breaker:
    """A circuit in some state."""

    name: str
    state: CircuitState


@pytest.fixture(scope="module")
def reader() -> InMemoryMetricReader:
    """What an operator's SDK would get. There can be one in a process."""
    reader = InMemoryMetricReader()
    metrics.set_meter_provider(MeterProvider([reader]))
    return reader


def points(reader: InMemoryMetricReader, name: str) -> Iterator[tuple[dict[str, object], object]]:
    """The attributes and the value of each point of a metric."""
    data = reader.get_metrics_data()
    for resource in data.resource_metrics if data else ():
        for scope in resource.scope_metrics:
            for metric in scope.metrics:
                if metric.name == name:
                    for point in metric.data.data_points:
                        yield dict(point.attributes or {}), getattr(point, "value", None)


def test_the_state_of_a_circuit_is_a_gauge(reader):
    """An alert fires while the open one is 1."""
    observe_circuit(Breaker("a-provider", CircuitState.OPEN))

    values = {
        attributes["state"]: value
        for attributes, value in points(reader, "orders.circuit_state")
        if attributes["circuit"] == "a-provider"
    }

    assert values == {"closed": 0, "open": 1, "half-open": 0}


async def test_orders_that_need_a_person_are_counted_once_each(reader):
    """However often the step that says so is repeated."""
    orders = InMemoryOrders()
    placed = order()
    await orders.add(placed, placed.submitted())
    flag_order = FlagOrder(orders, FakeClock())

    for _ in range(2):
        await flag_order(placed, Work.UNDO, "a-reason")

    counted = {
        (attributes["work"], attributes["reason"]): value
        for attributes, value in points(reader, "orders.needs_attention")
    }
    assert counted["undo", "a-reason"] == 1
