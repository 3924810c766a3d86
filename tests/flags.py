"""The feature flags of a running stack, as an operator sets them."""

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from azure.appconfiguration import ConfigurationSetting
from azure.appconfiguration.aio import AzureAppConfigurationClient

from devstack.provision import FEATURE_FLAG_CONTENT_TYPE, FEATURE_FLAG_KEY_PREFIX
from tests.stacks import RunningStack


class Flags:
    """The feature flags as an operator sets them."""

    def __init__(self, client: AzureAppConfigurationClient) -> None:
        self._client = client

    async def set(
        self,
        name: str,
        *,
        enabled: bool,
        users: list[str] | None = None,
        percentage: int = 0,
    ) -> None:
        """Switch a flag: for everybody, or for some customers and a share of all others."""
        parts = {"Users": users or [], "Groups": [], "DefaultRolloutPercentage": percentage}
        audience = {"Audience": parts}
        is_targeted = users or percentage
        targeting = [{"name": "Microsoft.Targeting", "parameters": audience}] if is_targeted else []
        value = {"id": name, "enabled": enabled, "conditions": {"client_filters": targeting}}
        await self._client.set_configuration_setting(
            ConfigurationSetting(
                key=FEATURE_FLAG_KEY_PREFIX + name,
                value=json.dumps(value),
                content_type=FEATURE_FLAG_CONTENT_TYPE,
            )
        )


@asynccontextmanager
async def flags_of(stack: RunningStack) -> AsyncIterator[Flags]:
    """The operator's hand on the flags of *stack*."""
    connection_string = stack.settings["APP_CONFIGURATION_CONNECTION_STRING"]
    async with AzureAppConfigurationClient.from_connection_string(connection_string) as client:
        yield Flags(client)
