"""The policy of reviews as somebody writes it into App Configuration, well or not."""

import json
import re
from pathlib import Path
from typing import Any

import pytest
from structlog.testing import capture_logs

from shared.adapters.configuration_source import ConfigurationSource
from shared.adapters.review_policies import (
    APPROVAL_KEY,
    RISK_KEY,
    AppConfigurationReviewPolicies,
)
from shared.adapters.review_policy_messages import ApprovalMessage, RiskMessage
from shared.domain.errors import Unavailable
from shared.domain.money import Money
from shared.domain.review_policy import (
    AddressMismatch,
    HighAmount,
    NewCustomer,
    ReviewPolicy,
    Velocity,
)

GOOD = {"thresholds": {"GBP": "1000.00"}, "deadlineHours": 5}
RISK = {
    "scoreToReview": 100,
    "rules": [
        {"rule": "amount", "amounts": {"GBP": "500.00", "JPY": "9000"}, "score": 50},
        {"rule": "address-mismatch", "score": 40},
        {"rule": "new-customer", "score": 30},
        {"rule": "velocity", "orders": 5, "hours": 1.5, "score": 60},
    ],
}


class Provider(dict[str, Any]):
    """The SDK's provider: a mapping of settings, of which JSON is parsed already."""

    async def refresh(self) -> None:
        """Whoever tests changes the values."""


def policies(values: Provider) -> AppConfigurationReviewPolicies:
    """The adapter over *values*."""

    async def load() -> Any:
        return values

    return AppConfigurationReviewPolicies(ConfigurationSource(load))


async def test_both_values_make_one_policy():
    """Amounts are money, and the rules that need the customer's history are apart."""
    policy = await policies(Provider({APPROVAL_KEY: GOOD, RISK_KEY: RISK})).current()

    assert policy == ReviewPolicy(
        thresholds={"GBP": Money(100_000, "GBP")},
        deadline_hours=5,
        score_to_review=100,
        order_rules=(
            HighAmount({"GBP": Money(50_000, "GBP"), "JPY": Money(9_000, "JPY")}, 50),
            AddressMismatch(40),
        ),
        history_rules=(NewCustomer(30), Velocity(5, 1.5, 60)),
    )


async def test_without_values_no_order_is_reviewed():
    """A store that is new must not keep the shop from selling."""
    assert await policies(Provider()).current() == ReviewPolicy({})


@pytest.mark.parametrize(
    "bad",
    [
        "{",
        [],
        {},
        {"thresholds": {"GBP": 1000}},
        {"thresholds": {"GBP": "1,000.00"}},
        {"thresholds": {"GBP": "1000.001"}},
        {"thresholds": {"GBP": "-1"}},
        {"thresholds": {"pounds": "1000.00"}},
        {"thresholds": {"ZZZ": "1000.00"}},
        {"thresholds": {}, "deadlineHours": 0},
        {"thresholds": {}, "deadlineHours": 721},
        {"thresholds": {}, "deadlineHours": "72"},
        {"thresholds": {}, "deadline": 72},
    ],
)
async def test_a_value_that_is_not_understood_leaves_what_held_before(bad):
    """A slip of an operator's hand lets no order past; the log has key and fields, not values."""
    values = Provider({APPROVAL_KEY: GOOD})
    adapter = policies(values)
    before = await adapter.current()

    values[APPROVAL_KEY] = bad
    with capture_logs() as logs:
        after = [await adapter.current() for _ in range(3)]

    assert after == [before] * 3
    (warning,) = logs
    assert (warning["event"], warning["key"]) == ("configuration_not_understood", APPROVAL_KEY)
    assert "1,000.00" not in str(warning)


@pytest.mark.parametrize(
    "bad",
    [
        RISK | {"scoreToReview": 0},
        RISK | {"rules": [{"rule": "horoscope", "score": 1}]},
        RISK | {"rules": [{"rule": "amount", "score": 1}]},
        RISK | {"rules": [{"rule": "address-mismatch", "score": -1}]},
        RISK | {"rules": [{"rule": "velocity", "orders": 101, "hours": 1, "score": 1}]},
    ],
)
async def test_rules_that_nobody_knows_refuse_new_orders_until_they_are_mended(bad):
    """A process that never knew a policy cannot tell which orders it would let past."""
    values = Provider({RISK_KEY: bad})
    adapter = policies(values)

    for _ in range(2):
        with pytest.raises(Unavailable):
            await adapter.current()
    values[RISK_KEY] = RISK

    assert (await adapter.current()).score_to_review == 100


async def test_a_value_that_is_removed_does_not_hold_any_more():
    """Removing it is how one stops reviewing."""
    values = Provider({APPROVAL_KEY: GOOD})
    adapter = policies(values)
    await adapter.current()

    del values[APPROVAL_KEY]

    assert await adapter.current() == ReviewPolicy({})


def test_what_is_deployed_is_understood():
    """A first deployment that refuses all orders would be a poor start."""
    entries = json.loads(Path("infra/configuration.json").read_text())
    deployed = {entry["key"]: entry["value"] for entry in entries}

    ApprovalMessage.model_validate(deployed[APPROVAL_KEY])
    RiskMessage.model_validate(deployed[RISK_KEY])
    assert set(deployed) == {APPROVAL_KEY, RISK_KEY}


def test_the_examples_of_the_documentation_are_understood():
    """They are what people start from."""
    page = Path("docs/approval.md").read_text()
    approval, risk = re.findall(r"```json\n(.*?)```", page, flags=re.DOTALL)

    assert ApprovalMessage.model_validate_json(approval).thresholds
    assert len(RiskMessage.model_validate_json(risk).rules) == 4
