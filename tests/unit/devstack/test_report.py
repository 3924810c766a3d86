import pytest

from devstack.report import percentile
from devstack.usage import Usage, is_projection


@pytest.mark.parametrize(
    ("values", "percent", "expected"),
    [([3, 1, 2], 50, 2), ([1, 2], 50, 1), (range(1, 201), 99, 198), ([7], 99, 7), ([], 50, None)],
)
def test_a_percentile_is_a_value_that_was_measured(values, percent, expected):
    """Interpolation would invent latencies nobody waited for."""
    assert percentile(values, percent) == expected


def test_usage_leaves_out_what_customers_look_at():
    """Polling is the client's choice; the cost of an order must not depend on its patience."""
    usage = Usage(
        cosmos_requests=100,
        request_units=500.0,
        projection_requests=30,
        projection_units=90.0,
        order_reads=40,
        order_read_units=60.0,
        durable_actions=9,
        activities=4,
    )

    net = usage.without_polls(20)

    assert (net.cosmos_requests, net.request_units, net.order_reads) == (80, 470.0, 20)
    assert (net.projection_requests, net.projection_units) == (30, 90.0)


@pytest.mark.parametrize(
    ("container", "name", "expected"),
    [
        ("orders", "Batch", False),
        ("orders", "Read", False),
        ("orders", "Query", False),
        ("stock", "Batch", False),
        ("orders", "ChangeFeed", True),
        ("customer-orders", "Patch", True),
        ("leases", "Replace", True),
    ],
)
def test_what_follows_an_order_is_no_cost_of_fulfilling_it(container, name, expected):
    """The budget is about what a customer waits for."""
    assert is_projection({"container": container, "operation": name}) is expected
