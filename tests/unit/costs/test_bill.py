import pytest

from costs.bill import Bill
from costs.choices import Capacity, Plan
from costs.cosmos import autoscale_maximum
from costs.usage import read_measured


def of(bill: Bill, service: str, what: str = "") -> float:
    """What all lines of a service cost together."""
    return sum(
        bill.cost(line) for line in bill.lines if line.service == service and what in line.what
    )


def test_the_fixed_part_is_the_same_for_any_number_of_orders(bill):
    """It is what an app costs that nobody uses."""
    assert bill(1).fixed == pytest.approx(bill(1_000_000).fixed)


def test_lines_add_up_to_the_total(bill):
    """A table whose sum is another is worse than none."""
    whole = bill(250_000, free_grants=True)

    assert whole.total == pytest.approx(sum(map(whole.cost, whole.lines)))
    assert whole.total == pytest.approx(whole.fixed + whole.per_million / 4)


def test_few_orders_pay_for_each_execution_by_itself(bill):
    """Flex Consumption bills a second at least; nothing shares it with anybody."""
    few = bill(100)
    lines = {line.what: line for line in few.lines}

    executions = lines["durable: executions"].quantity
    assert executions == 100 * 14
    assert lines["durable: GB-seconds"].quantity == pytest.approx(2 * executions, rel=0.001)


def test_many_orders_share_instances(bill):
    """So that an order costs less, the more there are."""
    few, many = bill(1_000), bill(3_000_000)

    assert of(many, "Functions", "GB-s") / 3_000 < of(few, "Functions", "GB-s") / 4


def test_an_instance_is_not_active_for_longer_than_there_are_seconds(bill):
    """Sharing has an end: then it is active all the time, or there are more of them."""
    flooded = bill(4_000_000)

    http = next(line for line in flooded.lines if line.what == "http: GB-seconds")
    assert http.quantity <= 2 * 730 * 3600 / 2


def test_a_quarter_of_the_memory_is_a_quarter_of_the_gb_seconds(bill):
    """As long as an execution stays below the second that is billed at least."""
    large, small = bill(50_000), bill(50_000, memory_megabytes=512)

    assert of(small, "Functions", "GB-s") == pytest.approx(of(large, "Functions", "GB-s") / 4)


def test_a_small_instance_is_full_sooner(bill):
    """It has a quarter of a core as well."""
    large, small = bill(30_000_000, lines=50), bill(30_000_000, lines=50, memory_megabytes=512)

    assert of(small, "Functions", "durable: GB-s") == pytest.approx(
        of(large, "Functions", "durable: GB-s"), rel=0.01
    )


def test_premium_costs_the_same_until_an_instance_is_full(bill):
    """That is why it wins when there is enough to do."""
    one, many = bill(1_000, plan=Plan.PREMIUM), bill(1_000_000, plan=Plan.PREMIUM)

    assert of(one, "Functions") == of(many, "Functions")
    assert of(bill(60_000_000, plan=Plan.PREMIUM), "Functions") > of(one, "Functions")


def test_serverless_pays_for_what_is_asked(bill):
    """Twice the orders, twice the request units of orders."""
    once, twice = bill(10_000), bill(20_000)

    assert of(twice, "Cosmos DB", "orders: RU") == pytest.approx(
        2 * of(once, "Cosmos DB", "orders: RU")
    )


def test_autoscale_always_pays_for_a_tenth(bill):
    """Also when nobody orders anything."""
    idle = bill(1, cosmos=Capacity.AUTOSCALE)

    tenth = next(line for line in idle.lines if line.fixed and line.service == "Cosmos DB")
    assert tenth.quantity == 100 * 730


@pytest.mark.parametrize(("peak", "maximum"), [(1, 1000), (1000, 1000), (1001, 2000)])
def test_autoscale_takes_multiples_of_a_thousand(peak, maximum):
    """Azure refuses others."""
    assert autoscale_maximum(peak) == maximum


def test_sampling_leaves_requests_alone(bill):
    """host.json keeps every request and exception, whatever the share of traces."""
    all_of_them, none = bill(100_000), bill(100_000, sampling=0)

    assert 0 < of(none, "Logs", "of orders") < of(all_of_them, "Logs", "of orders")


def test_what_is_kept_twice_as_long_costs_twice_as_much(bill):
    """Retention acts on storage alone."""
    short, long = bill(100_000, retention_days=30), bill(100_000, retention_days=60)

    assert of(long, "Cosmos DB", "kept") == pytest.approx(2 * of(short, "Cosmos DB", "kept"))
    assert of(long, "Functions") == of(short, "Functions")


def test_a_grant_is_given_once_a_meter(bill):
    """Several lines share the meter of executions, and its 250,000 free ones."""
    paid, granted = bill(100_000), bill(100_000, free_grants=True)

    assert of(paid, "Functions", "executions") - of(granted, "Functions", "executions") == (
        pytest.approx(0.1)
    )


def test_sizes_between_measured_ones_lie_on_the_line():
    """An order costs so much for each SKU, and so much in any case."""
    measured = read_measured()
    five, twenty = measured.of(5), measured.of(20)

    between = measured.of(11)

    assert between.request_units == pytest.approx(
        five.request_units + 0.4 * (twenty.request_units - five.request_units)
    )
    assert between.executions["fulfil_order"] == five.executions["fulfil_order"]
