"""App Configuration: loaded once, refreshed in the background of whoever asks."""

import asyncio
from collections.abc import Awaitable, Callable

import structlog
from azure.appconfiguration.provider.aio import AzureAppConfigurationProvider

from shared.domain.errors import Unavailable

_log = structlog.get_logger(__name__)

LoadProvider = Callable[[], Awaitable[AzureAppConfigurationProvider]]


class ConfigurationSource:
    """Flags and values, in one place and of one age.

    The first call loads all. Later ones look for changes at most once per refresh interval, in the
    background: they give what there is, whether App Configuration answers or does not.
    """

    def __init__(self, load: LoadProvider) -> None:
        self._load = load
        self._loading = asyncio.Lock()
        self._loaded: AzureAppConfigurationProvider | None = None
        self._refreshing: asyncio.Task[None] | None = None

    async def current(self) -> AzureAppConfigurationProvider:
        """The provider, always the same one, with what is known by now.

        Raises:
            Unavailable: nothing could be loaded yet.
        """
        # Whoever comes while the first one loads waits for that, instead of loading as well.
        async with self._loading:
            if self._loaded is None:
                self._loaded = await self._load_provider()
        if self._refreshing is None or self._refreshing.done():
            self._refreshing = asyncio.create_task(_refresh(self._loaded))
        return self._loaded

    async def _load_provider(self) -> AzureAppConfigurationProvider:
        try:
            return await self._load()
        except Exception as error:
            raise Unavailable("app-configuration", retry_after_seconds=5) from error


async def _refresh(provider: AzureAppConfigurationProvider) -> None:
    """Take over what has changed, if the refresh interval is over; else this is no request."""
    try:
        await provider.refresh()
    except Exception as error:
        # What is in use stays in use; someone should know that it is getting old.
        _log.warning("configuration_not_refreshed", error=type(error).__name__)
