"""Records histories: plays scenarios on a stack of its own, one after the other."""

import json
import tempfile
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import aiohttp
from azure.appconfiguration import ConfigurationSetting
from azure.appconfiguration.aio import AzureAppConfigurationClient
from rich.console import Console

from devstack.catalogue import CURRENCY
from devstack.histories import History, file_of
from devstack.histories_scenarios import Scenario
from devstack.histories_stage import (
    APPROVAL_SECONDS,
    EVENT_ATTEMPTS,
    PAYS_FIRST,
    PAYS_LAST,
    THRESHOLD,
    Stage,
)
from devstack.ports import Ports
from devstack.provision import FEATURE_FLAG_CONTENT_TYPE, FEATURE_FLAG_KEY_PREFIX, value_setting
from devstack.services import ROOT
from devstack.stack import Stack
from devstack.storefront import NoProgressError, Patience
from shared.adapters.review_policies import APPROVAL_KEY
from shared.durable_contract import AUTHORIZE_FIRST, CAPTURE_AT_DISPATCH

_ENVIRONMENT = {
    # How the host repeats within an attempt is not in a history, and only takes time.
    "AzureFunctionsJobHost__retry__maxRetryCount": "0",
    "EVENT_ATTEMPTS": str(EVENT_ATTEMPTS),
    # More faults than two attempts at a step meet: a scenario shows either those or a circuit.
    "PAYMENT_CIRCUIT_FAILURES": "7",
    # What activities are given is a wire format, too, and worth comparing.
    "AzureFunctionsJobHost__extensions__durableTask__storeInputsInOrchestrationHistory": "true",
}


async def record(
    scenarios: Iterable[Scenario], folder: Path, console: Console, *, refresh: bool
) -> int:
    """Write the histories of *scenarios* into *folder*; the exit code is 1 if one went wrong.

    A history that is there already stays unless *refresh* says otherwise; one of another version
    always stays.

    Raises:
        PortsError, ServiceError: the stack could not be started or kept running.
    """
    due = [one for one in scenarios if refresh or _is_missing(one, folder, console)]
    if not due:
        return 0
    console.print(f"Recording {len(due)} histories on a stack of their own ...")
    with tempfile.TemporaryDirectory() as state:
        async with Stack(Path(state), Ports.free(), environment=_ENVIRONMENT) as stack:
            await _set_flags(stack.settings)
            await _set_threshold(stack.settings)
            # Both are read at start.
            await stack.kill("functions")
            await stack.start("functions")
            return await stack.during(_record_all(due, stack.urls, folder, console))


def version_of(app: Path = ROOT) -> str:
    """The version that the app in the folder *app* gives to new instances."""
    host_json = json.loads((app / "host.json").read_text(encoding="utf-8"))
    return str(host_json["extensions"]["durableTask"].get("defaultVersion", ""))


def _is_missing(scenario: Scenario, folder: Path, console: Console) -> bool:
    file = file_of(folder, scenario.saga, scenario.path, version_of())
    if file.exists():
        console.print(f"{scenario.name}: kept as it is; --refresh replaces it.", style="dim")
    return not file.exists()


async def _set_flags(settings: Mapping[str, str]) -> None:
    """Each flag for one customer only: nothing is left to chance."""
    connection_string = settings["APP_CONFIGURATION_CONNECTION_STRING"]
    async with AzureAppConfigurationClient.from_connection_string(connection_string) as client:
        for flag, customer in ((AUTHORIZE_FIRST, PAYS_FIRST), (CAPTURE_AT_DISPATCH, PAYS_LAST)):
            await client.set_configuration_setting(_targeted(flag, customer))


def _targeted(flag: str, customer: str) -> ConfigurationSetting:
    audience = {"Users": [customer], "Groups": [], "DefaultRolloutPercentage": 0}
    targeting = {"name": "Microsoft.Targeting", "parameters": {"Audience": audience}}
    value = {"id": flag, "enabled": True, "conditions": {"client_filters": [targeting]}}
    return ConfigurationSetting(
        key=FEATURE_FLAG_KEY_PREFIX + flag,
        value=json.dumps(value),
        content_type=FEATURE_FLAG_CONTENT_TYPE,
    )


async def _set_threshold(settings: Mapping[str, str]) -> None:
    """Have the orders approved that a scenario makes large enough, and soon."""
    policy = {
        "thresholds": {CURRENCY: str(THRESHOLD)},
        "deadlineHours": APPROVAL_SECONDS / 3600,
    }
    entry = {"key": APPROVAL_KEY, "contentType": "application/json", "value": policy}
    connection_string = settings["APP_CONFIGURATION_CONNECTION_STRING"]
    async with AzureAppConfigurationClient.from_connection_string(connection_string) as client:
        await client.set_configuration_setting(value_setting(entry))


async def _record_all(
    scenarios: Iterable[Scenario], urls: Mapping[str, str], folder: Path, console: Console
) -> int:
    failures = 0
    timeout = aiohttp.ClientTimeout(total=60)
    async with aiohttp.ClientSession(timeout=timeout) as session:
        for scenario in scenarios:
            stage = Stage(session, urls, scenario.name, Patience(scenario.minutes * 60))
            try:
                told = await _play(scenario, stage)
            except NoProgressError as error:
                failures += 1
                console.print(f"{scenario.name}: {error}", style="red", markup=False)
                continue
            finally:
                await stage.repair()
            _keep(scenario, told, folder, console)
    return 1 if failures else 0


async def _play(scenario: Scenario, stage: Stage) -> dict[str, Any]:
    return await stage.ended(await scenario.play(stage))


def _keep(scenario: Scenario, told: Mapping[str, Any], folder: Path, console: Console) -> None:
    history = History.of_instance(scenario.path, scenario.description, told)
    file = history.file_in(folder)
    history.write(file)
    console.print(f"{scenario.name}: {len(history.rows)} rows, {told['runtimeStatus']}.")
