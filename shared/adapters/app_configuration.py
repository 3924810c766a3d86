"""Feature flags from Azure App Configuration."""

from collections.abc import Mapping

from azure.appconfiguration.provider.aio import AzureAppConfigurationProvider
from featuremanagement.aio import FeatureManager

from shared.adapters.configuration_source import ConfigurationSource


class AppConfigurationFeatures:
    """The ``Features`` port."""

    def __init__(self, source: ConfigurationSource, flags: Mapping[str, bool]) -> None:
        """*flags* are the names to evaluate, each with its value while no such flag exists."""
        self._source = source
        self._flags = flags
        self._manager: FeatureManager | None = None

    async def of_customer(self, customer_id: str) -> Mapping[str, bool]:
        manager = self._manager_of(await self._source.current())
        known = set(manager.list_feature_flag_names())
        return {
            name: await manager.is_enabled(name, customer_id) if name in known else default
            for name, default in self._flags.items()
        }

    def _manager_of(self, provider: AzureAppConfigurationProvider) -> FeatureManager:
        if self._manager is None:
            self._manager = FeatureManager(provider)
        return self._manager
