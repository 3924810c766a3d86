"""Versions of instances: what they get, and which of them a host runs."""

import json
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from emulators.functions_host.durable.versions import compare
from tests.emulators.functions_host.harness import (
    WEBHOOK,
    Client,
    HostProcess,
    copy_app,
    start_host,
)


def versioned(folder: Path, **settings: Any) -> AbstractContextManager[HostProcess]:
    """A running host with *settings* in host.json; hosts of one folder share its state."""

    @contextmanager
    def run() -> Iterator[HostProcess]:
        app = copy_app("durable", folder, **settings)
        host = start_host(app, folder, state=str(folder / "state"))
        yield host
        host.kill()

    return run()


async def start(client: Client, name: str, version: str | None = None, input_: Any = None) -> str:
    """Start *name* over plain HTTP, of *version* if there is one."""
    params = {} if version is None else {"version": version}
    path = f"{WEBHOOK}/orchestrators/{name}"
    response = await client.request("POST", path, json=json.dumps(input_), params=params)
    started: str = (await response.json())["id"]
    return started


async def version_seen(client: Client, name: str, *args: Any) -> Any:
    """What an orchestrator reads as its version."""
    status = await client.finish(await start(client, name, *args))
    return status["output"]["version"]


async def test_gives_new_instances_the_default_version(
    tmp_path: Path, session: aiohttp.ClientSession
):
    """Orchestrators branch on it while old instances still run; a start may say otherwise."""
    with versioned(tmp_path, defaultVersion="2.0") as host:
        client = Client(host, session)

        assert await version_seen(client, "about") == "2.0"
        assert await version_seen(client, "about", "1.5") == "1.5"
        assert await version_seen(client, "about", "") == ""


async def test_gives_sub_orchestrations_the_default_version_or_their_own(
    tmp_path: Path, session: aiohttp.ClientSession
):
    """Not the one of their parent."""
    with versioned(tmp_path, defaultVersion="2.0") as host:
        client = Client(host, session)

        assert await version_seen(client, "version_of_child", "1.0", None) == "2.0"
        assert await version_seen(client, "version_of_child", None, "1.1") == "1.1"


@pytest.mark.parametrize(
    ("strategy", "version", "runs"),
    [
        ("None", "3.0", True),
        ("Strict", "2.0", True),
        ("Strict", "1.0", False),
        ("CurrentOrOlder", "1.10", True),
        ("CurrentOrOlder", "2.0.0", False),
        (None, "3.0", False),
    ],
)
async def test_runs_what_the_strategy_accepts_and_fails_the_rest(
    tmp_path: Path, session: aiohttp.ClientSession, strategy: str, version: str, runs: bool
):
    """With Fail nobody waits for a host that never comes."""
    with versioned(
        tmp_path,
        defaultVersion="2.0",
        versionMatchStrategy=strategy,
        versionFailureStrategy="Fail",
    ) as host:
        client = Client(host, session)

        status = await client.finish(await start(client, "about", version))

    assert status["runtimeStatus"] == ("Completed" if runs else "Failed")
    if not runs:
        assert status["output"].startswith("VersionMismatch: Orchestration version did not comply")


@pytest.mark.slow
async def test_leaves_newer_instances_to_a_newer_host(
    tmp_path: Path, session: aiohttp.ClientSession
):
    """Reject is the default: the instance stays as it is, and events wait with it."""
    with versioned(tmp_path, defaultVersion="1.0") as old:
        client = Client(old, session)
        newer = await start(client, "two_events", "2.0")
        event = f"{WEBHOOK}/instances/{newer}/raiseEvent/news"
        await client.request("POST", event, json=1)
        await client.request("POST", event, json=2)
        older = await start(client, "about", "0.9")
        await client.finish(older)
        assert (await client.status(newer))["runtimeStatus"] == "Pending"
        assert f"two_events {newer} has version 2.0 and waits" in old.output

    with versioned(tmp_path, defaultVersion="2.0") as new:
        status = await Client(new, session).finish(newer)

    assert status["output"] == [1, 2]


@pytest.mark.slow
async def test_leaves_other_apps_instances_to_them(tmp_path: Path, session: aiohttp.ClientSession):
    """With work item filtering an unknown orchestrator is someone else's, and no error."""
    storage = {"type": "azureManaged", "workItemFilteringEnabled": True}
    with versioned(tmp_path, storageProvider=storage) as filtering:
        client = Client(filtering, session)
        unknown = await start(client, "no_such_orchestrator")
        await filtering.wait_for_output(f"no_such_orchestrator {unknown} waits for a host")
        assert (await client.status(unknown))["runtimeStatus"] == "Pending"

    with versioned(tmp_path) as other:
        assert (await Client(other, session).finish(unknown))["runtimeStatus"] == "Failed"


@pytest.mark.parametrize(
    ("one", "other", "order"),
    [
        (None, "", 0),
        (None, "1.0", -1),
        ("1.0", None, 1),
        ("1.9", "1.10", -1),
        ("1.0", "1.0.0", -1),
        ("2.0.0", "2.0.0", 0),
        ("10", "9", -1),
        ("B", "a", 1),
        ("beta", "BETA", 0),
    ],
)
def test_compares_versions_as_dotnet_does(one: str | None, other: str | None, order: int):
    """Numbers with dots as numbers; one number alone is text to System.Version."""
    assert compare(one, other) == order
