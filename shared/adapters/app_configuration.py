"""Feature flags from Azure App Configuration, refreshed in the background of requests."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping

import structlog
from azure.appconfiguration.provider.aio import AzureAppConfigurationProvider
from featuremanagement.aio import FeatureManager

from shared.domain.errors import Unavailable

_log = structlog.get_logger(__name__)

LoadProvider = Callable[[], Awaitable[AzureAppConfigurationProvider]]


class AppConfigurationFeatures:
    """The ``Features`` port.

    The first call loads all flags. Later ones look for changes at most once per refresh interval,
    in the background: they answer with the flags they have, whether App Configuration does or not.
    """

    def __init__(self, load: LoadProvider, flags: Mapping[str, bool]) -> None:
        """*flags* are the names to evaluate, each with its value while no such flag exists."""
        self._load = load
        self._flags = flags
        self._loading = asyncio.Lock()
        self._loaded: tuple[AzureAppConfigurationProvider, FeatureManager] | None = None
        self._refreshing: asyncio.Task[None] | None = None

    async def of_customer(self, customer_id: str) -> Mapping[str, bool]:
        manager = await self._current()
        known = set(manager.list_feature_flag_names())
        return {
            name: await manager.is_enabled(name, customer_id) if name in known else default
            for name, default in self._flags.items()
        }

    async def _current(self) -> FeatureManager:
        # Whoever comes while the first one loads waits for that, instead of loading as well.
        async with self._loading:
            if self._loaded is None:
                self._loaded = await self._load_flags()
        provider, manager = self._loaded
        if self._refreshing is None or self._refreshing.done():
            self._refreshing = asyncio.create_task(_refresh(provider))
        return manager

    async def _load_flags(self) -> tuple[AzureAppConfigurationProvider, FeatureManager]:
        try:
            provider = await self._load()
        except Exception as error:
            raise Unavailable("app-configuration", retry_after_seconds=5) from error
        return provider, FeatureManager(provider)


async def _refresh(provider: AzureAppConfigurationProvider) -> None:
    """Take over changed flags, if the refresh interval is over; else this is no request."""
    try:
        await provider.refresh()
    except Exception as error:
        # The flags in use stay in use; someone should know that they are getting old.
        _log.warning("feature_flags_not_refreshed", error=type(error).__name__)
