"""Feature flags while App Configuration fails or hangs."""

import asyncio
from typing import Any

import pytest

from shared.adapters.app_configuration import AppConfigurationFeatures
from shared.adapters.configuration_source import ConfigurationSource
from shared.domain.errors import Unavailable

DEFAULTS = {"order-intake": True, "some-experiment": False}


class Provider(dict[str, Any]):
    """The SDK's provider: a mapping of settings that can be refreshed."""

    def __init__(self, **flags: bool) -> None:
        super().__init__(feature_management=self._flags(flags))
        self.refreshes = 0
        self.fails_with: Exception | None = None
        self.hangs = False

    @staticmethod
    def _flags(flags: dict[str, bool]) -> dict[str, Any]:
        return {"feature_flags": [{"id": name, "enabled": on} for name, on in flags.items()]}

    async def refresh(self) -> None:
        self.refreshes += 1
        if self.hangs:
            await asyncio.Event().wait()
        if self.fails_with:
            raise self.fails_with


def features(provider: Provider) -> AppConfigurationFeatures:
    """The adapter over *provider*."""

    async def load() -> Any:
        return provider

    return AppConfigurationFeatures(ConfigurationSource(load), DEFAULTS)


async def test_a_flag_that_nobody_has_defined_has_its_default():
    """A new deployment must not wait for somebody to create flags."""
    flags = await features(Provider(**{"some-experiment": True})).of_customer("c")

    assert flags == {"order-intake": True, "some-experiment": True}


async def test_a_hanging_refresh_holds_nobody_up():
    """Intake must not stand still because flags could be newer."""
    provider = Provider(**{"order-intake": True})
    provider.hangs = True
    adapter = features(provider)

    for _ in range(3):
        flags = await asyncio.wait_for(adapter.of_customer("c"), timeout=5)
        await asyncio.sleep(0)

    assert flags["order-intake"]
    assert provider.refreshes == 1


async def test_a_failing_refresh_leaves_the_flags_in_use():
    """And the next one is tried."""
    provider = Provider(**{"order-intake": False})
    provider.fails_with = ConnectionError()
    adapter = features(provider)

    for _ in range(4):
        flags = await adapter.of_customer("c")
        await asyncio.sleep(0)

    assert not flags["order-intake"]
    assert provider.refreshes > 1


async def test_flags_that_were_never_loaded_are_an_outage_until_they_are():
    """An order must not be taken in by guesswork; the next one tries to load again."""
    answers: list[Any] = [ConnectionError(), Provider(**{"order-intake": False})]

    async def load() -> Any:
        answer = answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return answer

    adapter = AppConfigurationFeatures(ConfigurationSource(load), DEFAULTS)

    with pytest.raises(Unavailable):
        await adapter.of_customer("c")
    assert not (await adapter.of_customer("c"))["order-intake"]
