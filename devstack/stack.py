"""The whole stack on this machine, for commands and for tests that drive or break it."""

import asyncio
from collections.abc import Callable, Coroutine, Mapping
from contextlib import AsyncExitStack
from dataclasses import asdict
from pathlib import Path
from typing import Any, Self, TypeVar

from devstack import services
from devstack.app_settings import app_settings
from devstack.ports import Ports, require_free
from devstack.services import ROOT, Host, Subscriptions
from devstack.supervisor import Service, Supervisor

T = TypeVar("T")


def _say_nothing(_: str) -> None:
    pass


class Stack:
    """The function app and everything it needs, running while the context is open.

    ``async with Stack(tmp_path, Ports.free()) as stack:`` has the database and the feature flags
    in place and every service ready. Its state outlives it in the folder *state*.

    Args:
        environment: settings of the app that differ from the sample's.
        host: what runs the app; None leaves it out, for a host started by hand.
        logs: the folder for one log file per service; ``state/logs`` by default.
        subscriptions: who gets the events of a topic besides those of infra/event-grid.json.
        report: told when a service died and is being restarted.
    """

    def __init__(
        self,
        state: Path,
        ports: Ports | None = None,
        *,
        app: Path = ROOT,
        host: Host | None = Host.EMULATED,
        environment: Mapping[str, str] | None = None,
        logs: Path | None = None,
        subscriptions: Subscriptions | None = None,
        report: Callable[[str], None] = _say_nothing,
    ) -> None:
        self.ports = ports or Ports()
        self.settings = {**app_settings(app, self.ports), **(environment or {})}
        self._state = state.resolve()
        self._app = app
        self._host = host
        self._subscriptions = subscriptions or {}
        self._supervisor = Supervisor(logs or self._state / "logs", report)

    async def __aenter__(self) -> Self:
        async with AsyncExitStack() as undo:
            await undo.enter_async_context(self._supervisor)
            await self._start()
            self._undo = undo.pop_all()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._undo.aclose()

    @property
    def base_url(self) -> str:
        """Where the app answers."""
        return self.urls["functions"]

    @property
    def urls(self) -> dict[str, str]:
        """Where each service answers, by the name of its port."""
        return self.ports.urls()

    @property
    def restarts(self) -> Mapping[str, int]:
        """How often each service died and was started again."""
        return self._supervisor.restarts

    async def kill(self, name: str) -> None:
        """End a service as a crash would (SIGKILL), and leave it ended until :meth:`start`."""
        await self._supervisor.kill(name)

    async def start(self, name: str) -> None:
        """Start a killed service again, with the state it had, and return once it is ready."""
        await self._supervisor.restart(name)
        if name == "azurite":
            from devstack.provision import provision_storage

            # It writes what it was told every few seconds only, and may have been killed before.
            await provision_storage(self.settings)

    async def during(self, work: Coroutine[Any, Any, T]) -> T:
        """Do *work*, unless a service dies so often that it is given up first.

        Raises:
            ServiceError: that happened; *work* is cancelled.
        """
        working = asyncio.create_task(work)
        failing = asyncio.create_task(self._supervisor.failure())
        try:
            await asyncio.wait({working, failing}, return_when=asyncio.FIRST_COMPLETED)
            if not working.done():
                await failing
            return await working
        finally:
            working.cancel()
            failing.cancel()
            await asyncio.gather(working, failing, return_exceptions=True)

    async def _start(self) -> None:
        for name, port in asdict(self.ports).items():
            if self._host or name != "functions":
                require_free(name, port)
        # Looked up before anything starts, since each of these may be missing.
        azurite = services.azurite(self._state, self.ports)
        app = self._app_service(self._host) if self._host else None
        try:
            async with asyncio.TaskGroup() as group:
                group.create_task(self._start_storage(azurite))
                group.create_task(self._start_in_order(app))
        except ExceptionGroup as errors:
            raise _cause(errors) from None

    def _app_service(self, host: Host) -> Service:
        return services.functions(host, self._app, self._state, self.ports, self.settings)

    async def _start_storage(self, azurite: Service) -> None:
        """Start the storage account and provision it; the app can start meanwhile."""
        await self._supervisor.start(azurite)
        from devstack.provision import provision_storage

        await provision_storage(self.settings)

    async def _start_in_order(self, app: Service | None) -> None:
        """Start what the app needs, provision it, then start the app, and then what calls it."""
        async with asyncio.TaskGroup() as group:
            for service in services.backing_services(self._state, self.ports, self.settings):
                group.create_task(self._supervisor.start(service))
            group.create_task(asyncio.to_thread(_import_sdks))
        from devstack.provision import provision

        await provision(self.settings)
        if app:
            await self._supervisor.start(app)
        # Event Grid asks the app whether it wants its events; unanswered, it asks again after 5 s.
        event_grid = services.event_grid(self._state, self.ports, self._subscriptions)
        await self._supervisor.start(event_grid)


def _import_sdks() -> None:
    """Import what provisioning needs; takes as long as the services take to start meanwhile."""
    import devstack.provision  # noqa: F401


def _cause(errors: ExceptionGroup[Exception]) -> Exception:
    """The first to fail; its siblings were cancelled, or followed from it."""
    first = errors.exceptions[0]
    return _cause(first) if isinstance(first, ExceptionGroup) else first
