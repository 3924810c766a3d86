"""A wrong configuration stops the start, and says what is wrong."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from emulators import event_grid
from emulators.event_grid.config import parse_config
from emulators.event_grid.errors import ConfigError

HOOK = "http://127.0.0.1:9/hook"


def config(input_schema="EventGridSchema", **more):
    """One topic with one subscription."""
    subscription = {"name": "intake", "endpoint": HOOK, **more}
    topic = {"name": "orders", "inputSchema": input_schema, "subscriptions": [subscription]}
    return {"topics": [topic]}


def condition(operator, key="data.a", **operands):
    """One advanced filter."""
    return {"filter": {"advancedFilters": [{"operatorType": operator, "key": key, **operands}]}}


@pytest.mark.parametrize(
    ("document", "named"),
    [
        ([], "the whole"),
        ({}, "topics: Field required"),
        ({"topics": [{"name": "o"}]}, "topics[0].name"),
        ({"topics": [{"name": "orders"}, {"name": "Orders"}]}, "there twice"),
        ({"topics": [{"name": "orders", "key": "?"}]}, "topics[0].key"),
        (config(endpoint="ftp://x"), "topics[0].subscriptions[0].endpoint"),
        (config(endpoint="http://x/a b"), "percent-encoded"),
        (config(filters={}), "filters"),
        (config(retryPolicy={"maxDeliveryAttempts": 31}), "retryPolicy.maxDeliveryAttempts"),
        (config(retryPolicy={"eventTimeToLiveInMinutes": 0}), "eventTimeToLiveInMinutes"),
        (config(batching={"maxEventsPerBatch": 5001}), "batching.maxEventsPerBatch"),
        (config(deliveryHeaders={"aeg-x": "y"}), "aeg-x"),
        (config(deliveryHeaders={"x": {"type": "Dynamic"}}), "deliveryHeaders.x"),
        (config(deadLetter={"connectionString": "x", "container": "dead"}), "deadLetter"),
        (config(deadLetter={"connectionString": "x", "container": "A"}), "deadLetter.container"),
        (config(eventDeliverySchema="CustomInputSchema"), "CustomInputSchema"),
        (
            config("CloudEventSchemaV1_0", eventDeliverySchema="EventGridSchema"),
            "'intake': events of a topic with inputSchema CloudEventSchemaV1_0 cannot be delivered"
            " as EventGridSchema",
        ),
        (config("CustomEventSchema", filter={"subjectBeginsWith": "x"}), "input mapping"),
        (config(filter={"includedEventTypes": []}), "includedEventTypes is empty"),
        (config(**condition("StringLike", value="x")), "'StringLike' is none of"),
        (config(**condition("StringContains", value="x")), "StringContains takes 'values'"),
        (config(**condition("NumberLessThan", values=[1])), "NumberLessThan takes 'value'"),
        (config(**condition("IsNotNull", value=1)), "IsNotNull takes no value"),
        (config(**condition("NumberIn", values=[True])), "compares with a number, not True"),
        (config(**condition("BoolEquals", value=1)), "compares with a true or false, not 1"),
        (config(**condition("NumberInRange", values=[[2, 1]])), "is no [lowest, highest]"),
        (config(**condition("StringIn", values=["x" * 513])), "512 characters"),
        (config(**condition("StringIn", values=["x"] * 26)), "26 values, and 25 at most"),
        (config(**condition("IsNotNull", key="data..a")), "empty part"),
        (config(**condition("IsNotNull", key="source")), "have no 'source'"),
    ],
)
def test_what_is_wrong_is_named(document, named):
    """Filters that silently never match are the worst to find."""
    with pytest.raises(ConfigError) as wrong:
        parse_config(document)

    assert named in str(wrong.value)


def test_the_example_of_the_readme_is_a_configuration():
    """It is what people start from."""
    readme = (Path(event_grid.__file__).parent / "README.md").read_text(encoding="utf-8")
    example = readme.partition("```json\n")[2].partition("```")[0]

    [orders] = parse_config(json.loads(example)).topics

    assert [one.name for one in orders.subscriptions] == ["intake"]


def test_the_command_line_says_what_is_wrong(tmp_path):
    """Without a traceback."""
    path = tmp_path / "events.json"
    path.write_text("{", encoding="utf-8")
    command = [sys.executable, "-m", "emulators.event_grid", "--config", str(path)]

    ended = subprocess.run(command, capture_output=True, text=True, timeout=30, check=False)

    assert ended.returncode == 1
    assert ended.stderr.startswith(f"event_grid: {path}: ")
    assert "Traceback" not in ended.stderr
