"""The configuration provider and feature management on top of the emulator."""

import asyncio
import json
from typing import Any

import pytest
from azure.appconfiguration import ConfigurationSetting
from azure.appconfiguration.provider import SettingSelector, WatchKey
from azure.appconfiguration.provider.aio import load
from featuremanagement import TargetingContext
from featuremanagement.aio import FeatureManager

FLAG_TYPE = "application/vnd.microsoft.appconfig.ff+json;charset=utf-8"
TARGETING = {
    "name": "Microsoft.Targeting",
    "parameters": {
        "Audience": {
            "Users": ["alice"],
            "Groups": [{"Name": "pilots", "RolloutPercentage": 100}],
            "DefaultRolloutPercentage": 0,
        }
    },
}


async def set_value(client, key, value, **details):
    """Write one setting."""
    await client.set_configuration_setting(ConfigurationSetting(key=key, value=value, **details))


async def set_flag(client, name, *filters, enabled=True):
    """Write one feature flag."""
    flag = {"id": name, "enabled": enabled, "conditions": {"client_filters": list(filters)}}
    await set_value(
        client, f".appconfig.featureflag/{name}", json.dumps(flag), content_type=FLAG_TYPE
    )


async def refresh_until(config, condition):
    """Refresh as an app does, until *condition* holds; the shortest interval is a second."""
    async with asyncio.timeout(10):
        while not condition():
            await config.refresh()
            await asyncio.sleep(0.05)


def evaluator(config) -> Any:
    """A feature manager; its own type hints leave out most of how it may be called."""
    return FeatureManager(config)


@pytest.fixture
def loading(emulator):
    """Load the configuration, with feature flags and quick refresh."""

    def start(**options):
        return load(
            connection_string=emulator.connection_string,
            feature_flag_enabled=True,
            feature_flag_refresh_enabled=True,
            refresh_interval=1,
            **options,
        )

    return start


async def test_loads_settings_with_later_selectors_winning(client, loading):
    """The environment's values replace the defaults."""
    await set_value(client, "app/limit", "100")
    await set_value(client, "app/name", "orders")
    await set_value(client, "app/limit", "5", label="dev")
    await set_value(client, "app/json", '{"a": 1}', content_type="application/json")
    selects = [SettingSelector(key_filter="app/*", label_filter=label) for label in ("\0", "dev")]

    async with await loading(selects=selects, trim_prefixes=["app/"]) as config:
        loaded = {key: config[key] for key in ("limit", "name", "json")}

    assert loaded == {"limit": "5", "name": "orders", "json": {"a": 1}}


async def test_refreshes_when_any_setting_changed(client, loading):
    """Without a sentinel the provider compares page etags."""
    await set_value(client, "limit", "100")

    async with await loading(refresh_enabled=True) as config:
        await set_value(client, "limit", "5")
        await refresh_until(config, lambda: config["limit"] == "5")


async def test_refreshes_when_the_sentinel_appears(client, loading):
    """With a sentinel nothing is reloaded until the operator says so."""
    await set_value(client, "limit", "100")

    async with await loading(refresh_enabled=True, refresh_on=[WatchKey("sentinel")]) as config:
        await set_value(client, "limit", "5")
        await set_value(client, "sentinel", "1")
        await refresh_until(config, lambda: config["limit"] == "5")


async def test_a_targeted_flag_is_on_for_its_audience_only(client, loading):
    """A new saga step is tried on chosen customers first."""
    await set_flag(client, "NewStep", TARGETING)

    async with await loading() as config:
        manager = evaluator(config)
        enabled = {
            user: await manager.is_enabled("NewStep", TargetingContext(user, groups))
            for user, groups in {"alice": [], "bob": [], "carol": ["pilots"]}.items()
        }

    assert enabled == {"alice": True, "bob": False, "carol": True}


async def test_switching_a_flag_off_reaches_a_running_app(client, loading):
    """The order intake can be closed without a deployment."""
    await set_flag(client, "order-intake")

    async with await loading() as config:
        manager = evaluator(config)
        before = await manager.is_enabled("order-intake")
        await set_flag(client, "order-intake", enabled=False)
        await refresh_until(
            config, lambda: not config["feature_management"]["feature_flags"][0]["enabled"]
        )
        after = await manager.is_enabled("order-intake")

    assert (before, after) == (True, False)
