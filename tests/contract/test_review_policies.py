"""The policy of reviews through the SDK's provider, on the App Configuration emulator."""

import json
from collections.abc import AsyncIterator, Iterator
from typing import Any

import pytest
from azure.appconfiguration.aio import AzureAppConfigurationClient
from structlog.testing import capture_logs

from devstack.provision import create_values, value_setting
from shared.adapters.app_configuration import AppConfigurationFeatures
from shared.adapters.configuration_source import ConfigurationSource
from shared.adapters.review_policies import (
    APPROVAL_KEY,
    KEY_FILTER,
    RISK_KEY,
    AppConfigurationReviewPolicies,
)
from shared.clients import configuration_loader, credential_of
from shared.domain.money import Money
from shared.settings import Settings
from tests.contract.conftest import SAMPLE
from tests.emulators.processes import EmulatorProcess
from tests.shop import eventually

POLICY = {"thresholds": {"GBP": "1000.00"}, "deadlineHours": 5}


@pytest.fixture(scope="module")
def connection_string() -> Iterator[str]:
    """The App Configuration emulator, of which nobody has asked anything yet."""
    with EmulatorProcess("app_configuration", ":memory:") as emulator:
        rest = SAMPLE["APP_CONFIGURATION_CONNECTION_STRING"].partition(";")[2]
        yield f"Endpoint={emulator.url};{rest}"


class Operator:
    """Somebody who changes values."""

    def __init__(self, client: AzureAppConfigurationClient) -> None:
        self._client = client

    async def set(self, key: str, value: Any) -> None:
        """Write a value as JSON."""
        entry = {"key": key, "contentType": "application/json", "value": value}
        await self._client.set_configuration_setting(value_setting(entry))

    async def remove_all(self) -> None:
        """Leave nothing of the policy."""
        for key in (APPROVAL_KEY, RISK_KEY):
            await self._client.delete_configuration_setting(key)


@pytest.fixture
async def operator(connection_string) -> AsyncIterator[Operator]:
    """A hand on values that begin empty."""
    async with AzureAppConfigurationClient.from_connection_string(connection_string) as client:
        hand = Operator(client)
        await hand.remove_all()
        yield hand


@pytest.fixture
async def source(connection_string) -> AsyncIterator[ConfigurationSource]:
    """As the app builds it, looking for changes every second."""
    settings = Settings.model_validate(
        {name.lower(): value for name, value in SAMPLE.items()}
        | {
            "app_configuration_connection_string": connection_string,
            "feature_flag_refresh_seconds": 1,
            "AzureWebJobsStorage": SAMPLE["AzureWebJobsStorage"],
        }
    )
    async with credential_of(settings) as credential:
        made = ConfigurationSource(configuration_loader(settings, credential, KEY_FILTER))
        yield made
        await (await made.current()).close()


async def threshold(policies: AppConfigurationReviewPolicies) -> Money | None:
    """The one in pounds, as it is known by now."""
    return (await policies.current()).thresholds.get("GBP")


async def test_a_policy_is_taken_over_changed_and_dropped_while_the_app_runs(operator, source):
    """From nothing to something as well: nobody restarts the app for the first policy."""
    policies = AppConfigurationReviewPolicies(source)
    seen = [await threshold(policies)]

    async def becomes(wanted: Money | None) -> None:
        async def is_it() -> bool:
            return await threshold(policies) == wanted

        await eventually(is_it)
        seen.append(wanted)

    await operator.set(APPROVAL_KEY, POLICY)
    await becomes(Money(100_000, "GBP"))
    await operator.set(APPROVAL_KEY, POLICY | {"thresholds": {"GBP": "20.00"}})
    await becomes(Money(2_000, "GBP"))
    await operator.remove_all()
    await becomes(None)

    assert seen == [None, Money(100_000, "GBP"), Money(2_000, "GBP"), None]


async def test_a_bad_value_leaves_the_last_good_one_in_use(operator, source):
    """Until somebody mends it; the log says which key it is."""
    policies = AppConfigurationReviewPolicies(source)
    await operator.set(APPROVAL_KEY, POLICY)
    assert await threshold(policies) == Money(100_000, "GBP")

    await operator.set(APPROVAL_KEY, {"thresholds": {"GBP": "a lot"}})
    with capture_logs() as logs:

        async def is_noticed() -> bool:
            await threshold(policies)
            return any(log["event"] == "configuration_not_understood" for log in logs)

        await eventually(is_noticed)

    assert await threshold(policies) == Money(100_000, "GBP")


async def test_flags_are_as_they_were_when_values_change(operator, source, connection_string):
    """Both come from one provider, which refreshes them apart."""
    features = AppConfigurationFeatures(source, {"order-intake": True})
    policies = AppConfigurationReviewPolicies(source)
    before = await features.of_customer("c")

    await operator.set(APPROVAL_KEY, POLICY)

    async def is_known() -> bool:
        return await threshold(policies) is not None

    await eventually(is_known)
    assert await features.of_customer("c") == before


async def test_provisioning_leaves_a_changed_value_alone(operator, connection_string):
    """A deployment must not undo what an operator has set."""
    await operator.set(APPROVAL_KEY, POLICY)

    shipped = {"key": APPROVAL_KEY, "contentType": "application/json", "value": {}}
    await create_values(connection_string, [shipped])

    async with AzureAppConfigurationClient.from_connection_string(connection_string) as client:
        stored = await client.get_configuration_setting(APPROVAL_KEY)
    assert stored is not None
    assert json.loads(stored.value) == POLICY
