"""Filters: a table of the service's rules, and what holds for any value."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from emulators.event_grid import cloud_events, event_grid_schema
from emulators.event_grid.filter_config import AdvancedFilter, Filter
from emulators.event_grid.filters import fits, matches
from tests.emulators.event_grid.conftest import event, subscription, topic

ENVELOPE = {
    **dict.fromkeys(("id", "eventTime", "dataVersion"), "2026-01-01T00:00:00Z"),
    "subject": "Orders/42",
    "eventType": "Order.Submitted",
}
DATA = {
    "n": 5,
    "f": 2.5,
    "text": "Blue Mug",
    "yes": True,
    "nothing": None,
    "numbers": [1, 5, "x"],
    "words": ["red", "Blue"],
    "empty": [],
    "objects": [{"a": 1}],
    "nested": {"deep": {"er": 7}},
    "dotted.name": 1,
}


def grid_event(data=None):
    """An event as the service sees it."""
    [parsed] = event_grid_schema.parse(
        [{**ENVELOPE, "data": DATA if data is None else data}], "orders"
    )
    return parsed


def condition(operator, key, operands):
    """An advanced filter."""
    document = {"operatorType": operator, "key": key}
    if operands is not None:
        document["values" if isinstance(operands, list) else "value"] = operands
    return AdvancedFilter.model_validate(document)


@pytest.mark.parametrize(
    ("operator", "key", "operands", "expected"),
    [
        ("NumberIn", "data.n", [4, 5], True),
        ("NumberIn", "data.n", [4], False),
        ("NumberIn", "data.text", [5], False),
        ("NumberIn", "data.yes", [1], False),
        ("NumberIn", "data.missing", [5], False),
        ("NumberNotIn", "data.n", [4], True),
        ("NumberNotIn", "data.n", [5], False),
        ("NumberNotIn", "data.missing", [5], True),
        ("NumberNotIn", "data.text", [5], True),
        ("NumberLessThan", "data.n", 5.1, True),
        ("NumberLessThan", "data.n", 5, False),
        ("NumberLessThan", "data.missing", 5, False),
        ("NumberLessThanOrEquals", "data.n", 5, True),
        ("NumberGreaterThan", "data.f", 2, True),
        ("NumberGreaterThan", "data.n", 5, False),
        ("NumberGreaterThanOrEquals", "data.n", 5, True),
        ("NumberInRange", "data.n", [[0, 1], [5, 9]], True),
        ("NumberInRange", "data.n", [[0, 4.9], [5.1, 9]], False),
        ("NumberNotInRange", "data.n", [[0, 4], [6, 9]], True),
        ("NumberNotInRange", "data.n", [[0, 4], [5, 5]], False),
        ("NumberNotInRange", "data.missing", [[0, 4]], False),
        ("BoolEquals", "data.yes", True, True),
        ("BoolEquals", "data.yes", False, False),
        ("BoolEquals", "data.n", True, False),
        ("BoolEquals", "data.missing", False, False),
        ("StringContains", "data.text", ["x", "UE M"], True),
        ("StringContains", "data.text", ["red"], False),
        ("StringContains", "data.n", ["5"], False),
        ("StringNotContains", "data.text", ["red"], True),
        ("StringNotContains", "data.text", ["red", "mug"], False),
        ("StringNotContains", "data.missing", ["red"], False),
        ("StringBeginsWith", "data.text", ["blue"], True),
        ("StringBeginsWith", "data.text", ["mug"], False),
        ("StringNotBeginsWith", "data.text", ["mug"], True),
        ("StringNotBeginsWith", "data.missing", ["mug"], False),
        ("StringEndsWith", "data.text", ["MUG"], True),
        ("StringNotEndsWith", "data.text", ["mug"], False),
        ("StringNotEndsWith", "data.missing", ["mug"], False),
        ("StringIn", "data.text", ["blue mug"], True),
        ("StringIn", "data.text", ["blue"], False),
        ("StringNotIn", "data.text", ["blue"], True),
        ("StringNotIn", "data.text", ["BLUE MUG"], False),
        ("StringNotIn", "data.missing", ["x"], True),
        ("StringNotIn", "data.nothing", ["x"], True),
        ("IsNullOrUndefined", "data.missing", None, True),
        ("IsNullOrUndefined", "data.nothing", None, True),
        ("IsNullOrUndefined", "data.n", None, False),
        ("IsNotNull", "data.n", None, True),
        ("IsNotNull", "data.nothing", None, False),
        ("IsNotNull", "data.empty", None, True),
        ("NumberIn", "data.nested.deep.er", [7], True),
        ("NumberIn", "data.nested.deep", [7], False),
        ("IsNotNull", "data.text.length", None, False),
        ("IsNotNull", "data.dotted.name", None, False),
        ("StringIn", "Subject", ["orders/42"], True),
        ("StringEndsWith", "EventType", [".submitted"], True),
        ("StringEndsWith", "topic", ["/topics/orders"], True),
        ("NumberIn", "data.numbers", [5], False),
    ],
)
def test_the_table_of_operators(operator, key, operands, expected):
    """Each row is a rule of the service; the missing keys are where emulators go wrong."""
    result = fits(condition(operator, key, operands), grid_event(), on_arrays=False)

    assert result is expected


@pytest.mark.parametrize(
    ("operator", "key", "operands", "expected"),
    [
        ("NumberIn", "data.numbers", [5, 9], True),
        ("NumberIn", "data.numbers", [9], False),
        ("NumberNotIn", "data.numbers", [9], True),
        ("NumberNotIn", "data.numbers", [5], False),
        ("NumberGreaterThan", "data.numbers", 4, True),
        ("StringIn", "data.words", ["blue"], True),
        ("StringNotContains", "data.words", ["lu"], False),
        ("StringNotContains", "data.words", ["green"], True),
        ("StringNotContains", "data.empty", ["green"], False),
        ("StringNotIn", "data.empty", ["green"], True),
        ("StringIn", "data.numbers", ["x"], True),
        ("NumberIn", "data.objects", [1], False),
        ("NumberIn", "data.n", [5], True),
    ],
)
def test_the_table_of_arrays(operator, key, operands, expected):
    """With filtering on arrays one element is enough, be it to fit or to be refused."""
    result = fits(condition(operator, key, operands), grid_event(), on_arrays=True)

    assert result is expected


@settings(deadline=None)
@given(
    value=st.one_of(st.integers(), st.floats(allow_nan=False, allow_infinity=False)),
    operands=st.lists(st.integers(-5, 5), min_size=1, max_size=4),
)
def test_a_negative_number_operator_is_the_opposite_where_there_is_a_number(value, operands):
    """Only a value that is missing or of another type escapes both."""
    seen = grid_event({"v": value})
    ranges = [[one, one + 2] for one in operands]

    for operator, chosen in (("NumberIn", operands), ("NumberInRange", ranges)):
        negative = operator.replace("Number", "NumberNot")
        positive = fits(condition(operator, "data.v", chosen), seen, on_arrays=False)
        assert fits(condition(negative, "data.v", chosen), seen, on_arrays=False) is not positive


@settings(deadline=None)
@given(value=st.text(), operands=st.lists(st.text(min_size=1, max_size=9), min_size=1, max_size=4))
def test_a_negative_text_operator_is_the_opposite_where_there_is_a_text(value, operands):
    """And letters' case never matters."""
    seen, shouted = grid_event({"v": value}), grid_event({"v": value.lower()})

    for name in ("Contains", "BeginsWith", "EndsWith", "In"):
        positive = condition(f"String{name}", "data.v", operands)
        negative = condition(f"StringNot{name}", "data.v", operands)
        result = fits(positive, seen, on_arrays=False)
        assert fits(negative, seen, on_arrays=False) is not result
        assert fits(positive, shouted, on_arrays=False) is result


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner),
    max_leaves=8,
)
examples = [
    *(("NumberIn", [1]), ("NumberNotIn", [1]), ("NumberLessThan", 1), ("NumberInRange", [[0, 1]])),
    *(("BoolEquals", True), ("StringContains", ["a"]), ("StringNotContains", ["a"])),
    *(("IsNotNull", None), ("IsNullOrUndefined", None)),
]


@settings(deadline=None)
@given(data=json_values, example=st.sampled_from(examples), on_arrays=st.booleans())
def test_no_event_breaks_a_filter(data, example, on_arrays):
    """Data is what publishers make of it; the answer is yes or no."""
    operator, operands = example

    for key in ("data", "data.a", "data.a.b"):
        result = fits(condition(operator, key, operands), grid_event(data), on_arrays=on_arrays)
        assert isinstance(result, bool)


@pytest.mark.parametrize(
    ("chosen", "expected"),
    [
        ({}, True),
        ({"includedEventTypes": ["All"]}, True),
        ({"includedEventTypes": ["Order.Paid", "order.submitted"]}, True),
        ({"includedEventTypes": ["Order.Paid"]}, False),
        ({"subjectBeginsWith": "orders/"}, True),
        ({"subjectBeginsWith": "orders/", "isSubjectCaseSensitive": True}, False),
        ({"subjectEndsWith": "/42"}, True),
        ({"subjectBeginsWith": "Orders", "subjectEndsWith": "/43"}, False),
        ({"subjectBeginsWith": "Orders", "includedEventTypes": ["Order.Paid"]}, False),
        ({"advancedFilters": [{"operatorType": "IsNotNull", "key": "data.n"}] * 2}, True),
        (
            {
                "advancedFilters": [
                    {"operatorType": "IsNotNull", "key": "data.n"},
                    {"operatorType": "IsNotNull", "key": "data.missing"},
                ]
            },
            False,
        ),
    ],
)
def test_all_parts_have_to_fit(chosen, expected):
    """Types, subject and every advanced filter."""
    assert matches(Filter.model_validate(chosen), grid_event()) is expected


def test_cloud_events_are_filtered_by_their_attributes():
    """Extensions among them; and they may have no subject."""
    body = b'{"specversion":"1.0","id":"1","source":"/shop","type":"t","region":"north"}'
    [seen] = cloud_events.parse("application/cloudevents+json", {}, body)

    for key, value in {"source": "/shop", "type": "t", "region": "NORTH"}.items():
        assert fits(condition("StringIn", key, [value]), seen, on_arrays=False)
    assert not matches(Filter.model_validate({"subjectBeginsWith": "x"}), seen)


async def test_each_subscription_gets_what_it_asked_for(start, hook):
    """What fits nobody is accepted and gone."""
    paid = subscription(hook, filter={"includedEventTypes": ["Order.Paid"]})
    big = subscription(
        hook,
        name="big",
        filter={
            "advancedFilters": [
                {"operatorType": "NumberGreaterThan", "key": "data.total", "value": 100}
            ]
        },
    )
    grid = await start(topic(paid, big))

    await grid.publish(
        event("1", event_type="Order.Paid", data={"total": 200}),
        event("2", event_type="Order.Paid", data={"total": 1}),
        event("3", event_type="Order.Lost", data={"total": 1}),
    )
    await grid.settle("orders/intake", delivered=2)
    await grid.settle("orders/big", delivered=1)

    stats = await grid.stats()
    assert (stats["published"], stats["queued"]) == (3, 0)
    assert sorted(hook.ids) == ["1", "1", "2"]
