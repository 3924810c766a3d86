"""What does not go together is refused by the template: its own expressions are evaluated here."""

import re
from typing import Any

import pytest

from devstack.services import ROOT
from tests.infra.bicep.deployment import Deployment
from tests.infra.bicep.functions import Refused
from tests.infra.bicep.tokens import BicepError

MAIN = ROOT / "infra" / "bicep" / "main.bicep"
RULES = ROOT / "infra" / "bicep" / "refusals.bicep"
REQUIRED = {"environmentName": "test", "location": "uksouth", "eventSources": ["urn:warehouse"]}
NETWORK = {"networkIsolation": True, "addressPrefix": "10.20.0.0/24"}
BUDGET = {"budgetAmount": 100, "budgetContacts": ["a@b.example"], "budgetStartDate": "2026-12-01"}
TWO = [{"name": "http", "instanceCount": 2}]
ONE = [{"name": "http", "instanceCount": 1}]

# What is refused, with the beginning of its message, and the nearest combination that is allowed.
CASES: list[tuple[str, dict[str, Any], dict[str, Any]]] = [
    (
        "cosmosMaxThroughput: a serverless",
        {"cosmosMaxThroughput": 4000},
        {"cosmosCapacity": "autoscale", "cosmosMaxThroughput": 4000},
    ),
    (
        "cosmosMaxThroughput: autoscale",
        {"cosmosCapacity": "autoscale", "cosmosMaxThroughput": 1500},
        {"cosmosCapacity": "autoscale", "cosmosMaxThroughput": 1000},
    ),
    ("stagingSlot:", {"stagingSlot": True}, {"plan": "premium", "stagingSlot": True}),
    ("canary: is for plan flex", {"plan": "premium", "canary": True}, {"canary": True}),
    ("canary: Front Door", {"canary": True, **NETWORK}, {"canary": True}),
    ("alwaysReady: is for", {"plan": "premium", "alwaysReady": ONE}, {"alwaysReady": ONE}),
    (
        "minimumInstances: is for",
        {"minimumInstances": 2},
        {"plan": "premium", "minimumInstances": 2},
    ),
    (
        "minimumInstances: zones",
        {"plan": "premium", "zoneRedundant": True},
        {"plan": "premium", "zoneRedundant": True, "minimumInstances": 2},
    ),
    (
        "alwaysReady: zones",
        {"zoneRedundant": True, "alwaysReady": [*TWO, *ONE]},
        {"zoneRedundant": True, "alwaysReady": TWO},
    ),
    (
        "minimumInstances: is more",
        {"plan": "premium", "minimumInstances": 3, "maximumInstances": 2},
        {"plan": "premium", "minimumInstances": 2, "maximumInstances": 2},
    ),
    (
        "maximumInstances:",
        {"plan": "premium", "maximumInstances": 101},
        {"plan": "premium", "maximumInstances": 100},
    ),
    ("addressPrefix: networkIsolation", {"networkIsolation": True}, NETWORK),
    ("addressPrefix: there is no", {"addressPrefix": "10.20.0.0/24"}, NETWORK),
    (
        "managementPrivateLink:",
        {"managementPrivateLink": True},
        {"managementPrivateLink": True, **NETWORK},
    ),
    (
        "configurationSku:",
        {"configurationSku": "Free", "purgeProtection": False, **NETWORK},
        {"configurationSku": "Developer", "purgeProtection": False, **NETWORK},
    ),
    (
        "purgeProtection:",
        {"configurationSku": "Developer"},
        {"configurationSku": "Developer", "purgeProtection": False},
    ),
    ("eventSources:", {"eventSources": []}, {"eventSources": ["urn:carrier"]}),
    ("budgetAmount:", {"budgetAmount": 100}, BUDGET),
    ("budgetStartDate:", {**BUDGET, "budgetStartDate": "2026-12-24"}, BUDGET),
    ("githubRepository:", {"githubRepository": "orders"}, {"githubRepository": "shop/orders"}),
    (
        "instanceMemoryMegabytes:",
        {"plan": "premium", "instanceMemoryMegabytes": 4096},
        {"instanceMemoryMegabytes": 4096},
    ),
    ("addressPrefix: has to be", {**NETWORK, "addressPrefix": "10.20.0.0/25"}, NETWORK),
]


def deploy(parameters: dict[str, Any]) -> int:
    """How many resources there would be."""
    return len(list(Deployment(MAIN, {**REQUIRED, **parameters}).resources()))


@pytest.mark.parametrize(("message", "refused", "_"), CASES, ids=[case[0] for case in CASES])
def test_what_does_not_go_together_is_refused_by_name(message, refused, _):
    """The message names the parameter to change, before anything was deployed."""
    with pytest.raises(Refused) as failure:
        deploy(refused)

    assert str(failure.value).startswith(message)


@pytest.mark.parametrize(("_", "__", "allowed"), CASES, ids=[case[0] for case in CASES])
def test_what_is_next_to_it_is_allowed(_, __, allowed):
    """A rule that refuses too much keeps people from what they may have."""
    assert deploy(allowed) > 40


def test_every_rule_is_tried():
    """A rule that nobody tried may have its condition the wrong way round."""
    rules = re.findall(r"parameter: '(.+)'\n.*\n +because: '(.+)'", RULES.read_text())
    messages = [f"{parameter}: {because}" for parameter, because in rules]

    untried = [it for it in messages if sum(it.startswith(case[0]) for case in CASES) != 1]

    assert len(messages) == RULES.read_text().count("refused:") == len(CASES)
    assert untried == []


def test_all_that_is_wrong_is_said_at_once():
    """Nobody should have to deploy once for each mistake."""
    with pytest.raises(Refused) as failure:
        deploy({"stagingSlot": True, "eventSources": []})

    assert "stagingSlot:" in str(failure.value)
    assert "eventSources:" in str(failure.value)


@pytest.mark.parametrize(
    "parameters",
    [
        {"plan": "consumption"},
        {"maximumInstances": 0},
        {"maximumInstances": 1001},
        {"logRetentionDays": 7},
        {"environmentName": "e" * 33},
        {"plam": "flex"},
    ],
    ids=str,
)
def test_what_no_combination_allows_is_refused_by_the_parameter_itself(parameters):
    """By its decorator, as Resource Manager does."""
    with pytest.raises(BicepError, match=next(iter(parameters))):
        deploy(parameters)
