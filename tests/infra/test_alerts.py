"""What people are told by mail has to be what the app logs."""

import ast
import json
import logging

import pytest
import structlog

from devstack.services import ROOT
from shared.telemetry import configure_logging
from tests.infra.bicep.deployment import Deployment
from tests.infra.deployments import BICEP, PARAMETERS, of_type

RULES = json.loads((ROOT / "infra" / "alerts.json").read_text())
RULE, GROUP = "Microsoft.Insights/scheduledQueryRules", "Microsoft.Insights/actionGroups"
APP = ("shared", "triggers", "activities")


def logged() -> dict[str, set[str]]:
    """The name of every line that the app logs, with the names of what it says."""
    found: dict[str, set[str]] = {}
    for folder in APP:
        for path in (ROOT / folder).rglob("*.py"):
            for call in ast.walk(ast.parse(path.read_text())):
                if isinstance(call, ast.Call) and _is_log(call):
                    name = ast.literal_eval(call.args[0])
                    found.setdefault(name, set()).update(str(it.arg) for it in call.keywords)
    return found


def _is_log(call: ast.Call) -> bool:
    of = call.func
    return (
        isinstance(of, ast.Attribute) and isinstance(of.value, ast.Name) and of.value.id == "_log"
    )


@pytest.mark.parametrize("rule", RULES, ids=[rule["name"] for rule in RULES])
def test_a_rule_waits_for_lines_that_the_app_logs(rule):
    """Whoever renames one takes the alert away, and nobody would notice until it is missed."""
    assert set(rule["events"]) <= set(logged())


def test_orders_that_need_a_person_are_told_with_the_reason():
    """The alert has one mail for each."""
    assert {"order_id", "reason"} <= logged()["order_needs_attention"]


def test_a_line_is_the_json_that_the_query_reads(caplog):
    """With the name of the line as ``event``, in a message that is nothing but the object."""
    configure_logging("INFO")
    with caplog.at_level(logging.ERROR):
        structlog.get_logger("shared").error("order_needs_attention", order_id="1", reason="x")

    line = json.loads(caplog.records[-1].getMessage())

    assert (line["event"], line["order_id"], line["reason"]) == ("order_needs_attention", "1", "x")


def test_rules_ask_for_what_they_wait_for_and_tell_somebody():
    """A rule without an action group fires in silence."""
    group = of_type("flex", GROUP)[0]
    rules = of_type("flex", RULE)

    for rule, wanted in zip(rules, RULES, strict=True):
        query = rule.properties["criteria"]["allOf"][0]["query"]
        assert all(f'"{event}"' in query for event in wanted["events"])
        assert "| where tostring(line.event) in (dynamic([" in query
        assert rule.properties["actions"]["actionGroups"] == [group.id]

    assert group.properties["emailReceivers"][0]["emailAddress"] == "operator@shop.example"


def test_the_short_name_fits_a_text_message():
    """Azure refuses more than twelve characters."""
    assert len(of_type("flex", GROUP)[0].properties["groupShortName"]) <= 12


def test_without_an_address_nobody_is_told():
    """And nothing is deployed for it."""
    silent = Deployment(BICEP / "main.bicep", {**PARAMETERS["flex"], "alertEmail": ""})

    assert not {RULE, GROUP} & {resource.type for resource in silent.resources()}
