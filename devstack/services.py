"""How each service of the stack is started."""

import json
import shutil
import sys
from collections.abc import Mapping, Sequence
from enum import StrEnum
from pathlib import Path
from typing import Any

from devstack.app_settings import pointed_at
from devstack.ports import LOOPBACK, Ports
from devstack.supervisor import Probe, Service, ServiceError

ROOT = Path(__file__).resolve().parent.parent
AZURITE = (
    ROOT / "emulators" / "azurite" / "node_modules" / "azurite" / "dist" / "src" / "azurite.js"
)


class Host(StrEnum):
    """What runs the function app."""

    EMULATED = "emulated"
    FUNC = "func"


EVENT_GRID = ROOT / "infra" / "event-grid.json"

# What the app wants to be told of payments, as in docs/payments.md.
PAYMENT_EVENTS = (
    "payment_intent.succeeded",
    "payment_intent.payment_failed",
    "payment_intent.canceled",
    "refund.failed",
    "refund.updated",
    "charge.dispute.created",
)

# By topic: what is subscribed to it, in the words of the emulator's configuration.
Subscriptions = Mapping[str, Sequence[Mapping[str, Any]]]


def event_grid(state: Path, ports: Ports, subscriptions: Subscriptions) -> Service:
    """The topics of the app on the ports in use, with more *subscriptions* than their own."""
    layout = pointed_at(ports, json.loads(EVENT_GRID.read_text(encoding="utf-8")))
    for topic in layout["topics"]:
        topic["subscriptions"] += subscriptions.get(topic["name"], ())
    state.mkdir(parents=True, exist_ok=True)
    config = state / "event-grid.json"
    config.write_text(json.dumps(layout), encoding="utf-8")
    return _emulator("event_grid", ports.event_grid, state, "--config", str(config))


def backing_services(state: Path, ports: Ports, settings: Mapping[str, str]) -> list[Service]:
    """What the app must have to start: its database, settings and payment provider.

    They take the credentials that *settings* gives the app.
    """
    access_key = _connection_string(settings["APP_CONFIGURATION_CONNECTION_STRING"])
    return [
        _emulator("cosmos", ports.cosmos, state, "--key", settings["COSMOS_KEY"]),
        _emulator(
            "app_configuration",
            ports.app_configuration,
            state,
            *("--id", access_key["Id"], "--secret", access_key["Secret"]),
        ),
        _payments(state, ports, settings),
    ]


def _payments(state: Path, ports: Ports, settings: Mapping[str, str]) -> Service:
    """The payment provider, which tells the app what happens to payments."""
    url = f"http://{LOOPBACK}:{ports.functions}/api/webhooks/payments"
    secret = settings.get("PAYMENT_WEBHOOK_SECRET")
    events = ",".join(PAYMENT_EVENTS)
    webhook = ("--webhook", url, "--webhook-secret", secret or "", "--webhook-events", events)
    return _emulator("payments", ports.payments, state, *(webhook if secret else ()))


def _connection_string(text: str) -> dict[str, str]:
    parts = (part.partition("=") for part in text.split(";"))
    return {name: value for name, _, value in parts}


def _emulator(name: str, port: int, state: Path, *options: str) -> Service:
    module = [sys.executable, "-m", f"emulators.{name}"]
    return Service(
        name=name,
        command=(*module, "--port", str(port), "--state", str(state / name), *options),
        folder=ROOT,
        ports={name: port},
        probes=(Probe(f"http://{LOOPBACK}:{port}/_emulator/health"),),
    )


def azurite(state: Path, ports: Ports) -> Service:
    """The storage emulator.

    Raises:
        ServiceError: Node.js or Azurite is not installed.
    """
    node = shutil.which("node")
    if node is None or not AZURITE.exists():
        raise ServiceError("Azurite is not installed; `python3 dev.py` sets it up.")
    kinds = {"blob": ports.blob, "queue": ports.queue, "table": ports.table}
    # Not --silent: its log says which requests it answered, which is what storage is billed by.
    options = ["--loose", "--skipApiVersionCheck", "--disableTelemetry"]
    for kind, port in kinds.items():
        options += [f"--{kind}Host", LOOPBACK, f"--{kind}Port", str(port)]
    return Service(
        name="azurite",
        command=(node, str(AZURITE), *options, "--location", str(state / "azurite")),
        folder=ROOT,
        ports=kinds,
        # Without credentials Azurite refuses every request, which is answer enough.
        probes=tuple(
            Probe(f"http://{LOOPBACK}:{port}/", any_status=True) for port in kinds.values()
        ),
    )


def functions(
    host: Host, app: Path, state: Path, ports: Ports, settings: Mapping[str, str]
) -> Service:
    """The function app in the folder *app*, with *settings* as its environment.

    Raises:
        ServiceError: Azure Functions Core Tools were asked for and are not there.
    """
    return Service(
        name="functions",
        command=_core_tools(ports) if host is Host.FUNC else _emulated_host(app, state, ports),
        folder=app if host is Host.FUNC else ROOT,
        ports={"functions": ports.functions},
        probes=(Probe(f"http://{LOOPBACK}:{ports.functions}/api/health"),),
        environment={**settings, "languageWorkers__python__defaultExecutablePath": sys.executable}
        if host is Host.FUNC
        else settings,
    )


def _emulated_host(app: Path, state: Path, ports: Ports) -> tuple[str, ...]:
    module = [sys.executable, "-m", "emulators.functions_host"]
    port = str(ports.functions)
    return (*module, "--app", str(app), "--port", port, "--state", str(state / "functions"))


def _core_tools(ports: Ports) -> tuple[str, ...]:
    func = shutil.which("func")
    if func is None:
        raise ServiceError(
            "`func` is not on PATH. Install Azure Functions Core Tools 4 "
            "(npm install -g azure-functions-core-tools@4), or leave out --host func."
        )
    return (func, "start", "--port", str(ports.functions))
