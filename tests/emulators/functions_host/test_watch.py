"""``--watch``: a person edits the app and goes on where they were."""

import asyncio
import shutil
from collections.abc import Iterator
from pathlib import Path

import aiohttp
import pytest

from tests.emulators.functions_host.harness import APPS, Client, HostProcess, start_host

VERSION = '@app.route(route="version")\ndef version(req: func.HttpRequest) -> str: return "{}"\n'


@pytest.fixture
def app(tmp_path: Path) -> Path:
    """A copy of the durable app, to be edited."""
    folder = tmp_path / "app"
    shutil.copytree(APPS / "durable", folder)
    return folder


@pytest.fixture
def watching(app: Path, tmp_path: Path) -> Iterator[HostProcess]:
    """A host that watches the copy."""
    host = start_host(app, tmp_path, "--watch")
    yield host
    host.interrupt()
    host.wait_for_exit()


def edit(app: Path, version: str) -> None:
    """Change the code of the app."""
    source = (APPS / "durable" / "function_app.py").read_text()
    (app / "function_app.py").write_text(f"{source}\n\n{version}")


async def answers(client: Client, wanted: str) -> None:
    """Return once the app's own version is *wanted*; the test's timeout bounds the wait."""
    while True:
        try:
            response = await client.request("GET", "/api/version")
        except aiohttp.ClientError:
            response = None
        if response is not None and await response.text() == wanted:
            return
        await asyncio.sleep(0.05)


async def test_serves_changed_code_and_keeps_running_instances(
    app: Path, watching: HostProcess, session: aiohttp.ClientSession
):
    """An approval that has waited since before the edit is answered by the code after it."""
    client = Client(watching, session)
    instance_id = await client.start("approval", {"seconds": 600})

    edit(app, VERSION.format("second"))
    await answers(client, "second")

    await client.use("raise_event", instance_id, params={"name": "approval"}, json="yes")
    assert (await client.finish(instance_id))["runtimeStatus"] == "Completed"


@pytest.mark.slow
async def test_waits_for_a_mistake_to_be_mended(
    app: Path, watching: HostProcess, session: aiohttp.ClientSession
):
    """A typo must not end the session."""
    edit(app, "this is no Python")
    await watching.wait_for_output("SyntaxError")

    edit(app, VERSION.format("mended"))

    await answers(Client(watching, session), "mended")
