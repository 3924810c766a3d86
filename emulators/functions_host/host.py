"""Puts a host together and runs it: load, start, serve, stop."""

import asyncio
import logging
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from aiohttp import web
from rich.console import Console

from emulators.functions_host import console
from emulators.functions_host.admin_routes import AdminApi
from emulators.functions_host.bindings.bindings import Bindings
from emulators.functions_host.connections import Connections
from emulators.functions_host.cors import CorsPolicy, allow_cross_origin
from emulators.functions_host.durable.client import DurableClient
from emulators.functions_host.durable.client_binding import WEBHOOK_PATH, client_binding
from emulators.functions_host.durable.clock_route import ClockRoute
from emulators.functions_host.durable.engine import DurableEngine
from emulators.functions_host.durable.functions import DurableFunctions
from emulators.functions_host.durable.history_route import HistoryRoute
from emulators.functions_host.durable.management_routes import management_app
from emulators.functions_host.durable.settings import AZURE_STORAGE
from emulators.functions_host.durable.store import TaskHubStore
from emulators.functions_host.errors import StartError, UnsupportedError
from emulators.functions_host.event_grid_trigger import EventGridWebhook
from emulators.functions_host.functions import DURABLE_CLIENT, WARMUP, LoadedFunction
from emulators.functions_host.handlers import HttpRoutes
from emulators.functions_host.host_json import HostSettings
from emulators.functions_host.host_status import HostStatus
from emulators.functions_host.http_streams import HttpStreams
from emulators.functions_host.instance_pages.links import PAGES_PATH
from emulators.functions_host.instance_pages.routes import instance_pages
from emulators.functions_host.invocation import DOCUMENTED_RETRY_TRIGGERS, Invoker
from emulators.functions_host.keys import DURABLE_SYSTEM_KEY
from emulators.functions_host.listeners import Listeners
from emulators.functions_host.listing import print_functions
from emulators.functions_host.messages import Load
from emulators.functions_host.routes import (
    MAX_BODY_BYTES,
    HttpFrontend,
    max_body_bytes,
    require_durable_key,
)
from emulators.functions_host.stats import Stats
from emulators.functions_host.timer_trigger import ScheduleMonitor
from emulators.functions_host.worker_pool import WorkerPool
from emulators.functions_host.worker_process import WorkerProcess
from emulators.serving import LOOPBACK

_log = logging.getLogger("Host.Startup")

_RPC_PATH = "/durabletask"
# How long a stopping host lets running activities finish; later ones run again at restart.
_GRACE_SECONDS = 3.0


@dataclass(frozen=True, slots=True)
class HostOptions:
    """The command line."""

    app_directory: Path
    port: int
    cors: CorsPolicy
    state: str
    enforce_keys: bool
    workers: int
    documented_retry_only: bool


class FunctionsHost:
    """One app, loaded by *workers*, with everything that starts its functions."""

    def __init__(
        self,
        options: HostOptions,
        settings: HostSettings,
        workers: WorkerPool,
        functions: Sequence[LoadedFunction],
    ) -> None:
        if not functions:
            raise StartError("the app has no functions")
        self._options = options
        self._settings = settings
        self._origin = f"http://{LOOPBACK}:{options.port}"
        self._rpc_base_url = ""
        self._stats = Stats()
        self._workers = workers
        self._connections = Connections()
        self._bindings = Bindings(
            self._connections, base64_messages=settings.queues.base64_messages
        )
        self._functions = functions
        self._enabled = [function for function in functions if not function.disabled]
        _check_task_hubs(self._enabled, settings.durable.hub_name)
        self._bindings.check(self._enabled)
        self._invoker = Invoker(
            workers,
            timeout=settings.timeout,
            root_retry=settings.retry,
            documented_retry_only=options.documented_retry_only,
            client_binding=self._client_binding,
            bindings=self._bindings,
        )
        self._streams = HttpStreams(workers, self._client_binding)
        self._store = TaskHubStore(options.state, settings.durable.hub_name)
        self._routes = HttpRoutes(self._functions, settings.http.route_prefix)
        self._engine = DurableEngine(
            self._store,
            DurableFunctions.of(self._enabled),
            self._invoker,
            settings.durable,
            self._stats.durable,
        )
        self._monitor = ScheduleMonitor(options.state, settings.durable.hub_name)
        self._listeners = Listeners(
            self._enabled,
            self._invoker,
            self._connections,
            self._monitor,
            settings,
            options.app_directory,
        )

    def _client_binding(self) -> str:
        hub = self._settings.durable.hub_name
        return client_binding(self._origin, self._rpc_base_url, hub, DURABLE_SYSTEM_KEY)

    def mount(self, app: web.Application) -> None:
        """Put the host's surface and its life cycle on *app*."""
        enforce = self._options.enforce_keys
        webhook = self._management(None)
        webhook.middlewares.insert(0, require_durable_key(enforce=enforce))
        app.add_subapp(WEBHOOK_PATH, webhook)
        app.add_subapp(PAGES_PATH, instance_pages(self._engine, enforce_keys=enforce))
        HistoryRoute(self._store).add_to(app)
        ClockRoute(self._store, self._engine.fire_due_timers).add_to(app)
        EventGridWebhook(self._enabled, self._invoker, enforce_keys=enforce).add_to(app)
        AdminApi(
            self._functions,
            self._listeners,
            self._routes,
            HostStatus(self._options.app_directory.name),
            self._warm_up_all,
            enforce_keys=enforce,
        ).add_to(app)
        HttpFrontend(
            self._routes,
            self._invoker,
            self._stats,
            self._streams,
            enforce_keys=enforce,
            settings=self._settings.http,
        ).add_to(app)

    async def run(self, _: web.Application) -> AsyncIterator[None]:
        """Start, yield while serving, stop."""
        await self._prepare()
        pages = f"{self._origin}{PAGES_PATH}"
        console_ = Console(highlight=False)
        print_functions(self._functions, self._routes, self._origin, pages, console_)
        self._warn_of_root_retry()
        self._tell_of_storage()
        rpc = await self._serve_rpc()
        self._engine.start()
        self._workers.prepare = self._warm_up
        await self._warm_up_all()
        self._listeners.start()
        yield
        await asyncio.gather(self._listeners.stop(), self._engine.stop(_GRACE_SECONDS))
        await rpc.cleanup()
        await self._close()

    async def _prepare(self) -> None:
        try:
            await self._listeners.prepare()
        except StartError:
            await self._close()
            raise

    async def _close(self) -> None:
        await self._streams.close()
        await self._workers.stop()
        await self._bindings.close()
        await self._connections.close()
        self._monitor.close()
        self._store.close()

    def _management(self, public_origin: str | None) -> web.Application:
        hub = self._settings.durable.hub_name
        return management_app(DurableClient(self._engine), hub, public_origin)

    async def _serve_rpc(self) -> web.AppRunner:
        """Serve the SDK's client calls on a port of their own, without keys."""
        app = web.Application(client_max_size=MAX_BODY_BYTES)
        app.add_subapp(_RPC_PATH, self._management(self._origin))
        runner = web.AppRunner(app, access_log=None, shutdown_timeout=1)
        await runner.setup()
        await web.TCPSite(runner, LOOPBACK, 0).start()
        host, port, *_ = runner.addresses[0]
        # The SDK appends to it, so it has to end in a slash.
        self._rpc_base_url = f"http://{host}:{port}{_RPC_PATH}/"
        return runner

    async def _warm_up_all(self) -> None:
        await asyncio.gather(*map(self._warm_up, self._workers.workers()))

    async def _warm_up(self, worker: WorkerProcess) -> None:
        for function in self._enabled:
            if function.trigger_type == WARMUP:
                await self._invoker.warm_up(function, worker)

    def _tell_of_storage(self) -> None:
        provider = self._settings.durable.provider
        if provider != AZURE_STORAGE:
            _log.info("storageProvider %s in host.json: the task hub is in SQLite here", provider)

    def _warn_of_root_retry(self) -> None:
        if self._settings.retry is None or self._options.documented_retry_only:
            return
        names = [
            one.name
            for one in self._functions
            if one.retry is None and one.trigger_type not in DOCUMENTED_RETRY_TRIGGERS
        ]
        if names:
            _log.warning(
                "retry in host.json applies to functions whose triggers are not documented to "
                "support it (http://aka.ms/func-retry-policies): %s",
                ", ".join(names),
            )


def _check_task_hubs(functions: Sequence[LoadedFunction], hub: str) -> None:
    for function in functions:
        for binding in function.bindings:
            other = str(binding.get("taskHub") or hub)
            if binding["type"] == DURABLE_CLIENT and other.lower() != hub.lower():
                raise UnsupportedError(
                    f"a client of another task hub, {other} (function {function.name})"
                )


async def create_app(options: HostOptions, settings: HostSettings) -> web.Application:
    """The application that serves the app in *options*, loaded and ready to start.

    Raises:
        StartError: the app or its settings are wrong.
    """
    load = Load(
        app_directory=str(options.app_directory),
        log_levels=settings.log_levels,
        colour=console.wants_colour(),
        only=settings.functions,
    )
    workers = WorkerPool(load, options.workers)
    functions = await workers.start()
    try:
        host = FunctionsHost(options, settings, workers, functions)
    except Exception:
        await workers.stop()
        raise
    cors = allow_cross_origin(options.cors)
    # A compressed body is the function's matter: its Content-Encoding says so.
    as_sent = {"auto_decompress": False}
    app = web.Application(
        client_max_size=max_body_bytes(), middlewares=[cors], handler_args=as_sent
    )
    host.mount(app)
    app.cleanup_ctx.append(host.run)
    return app
