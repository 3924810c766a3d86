"""The example of docs/changing-sagas.md, taken from that page and deployed on the local host."""

import re
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from devstack.histories import History
from devstack.histories_replay import first_difference
from tests.emulators.functions_host.harness import WEBHOOK, Client, HostProcess, start_host

PAGE = Path("docs/changing-sagas.md").read_text(encoding="utf-8")

# What an app has beside its sagas: their registration, and activities that say when they ran.
REST_OF_APP = """
import os

import azure.durable_functions as df

app = df.DFApp()


def record(line):
    with open(os.environ["RECORD_FILE"], "a") as file:
        print(line, file=file)


{saga}

app.orchestration_trigger("context", orchestration="deliver")(deliver)


@app.activity_trigger("parcel")
def insure(parcel: str) -> None:
    record(f"insure {{parcel}}")


@app.activity_trigger("parcel")
def pack(parcel: str) -> None:
    record(f"pack {{parcel}}")


@app.activity_trigger("parcel")
def notify(parcel: str) -> None:
    record(f"notify {{parcel}}")
"""


def blocks(language: str) -> list[str]:
    """The code on the page in *language*: of the first release, and of the second."""
    return re.findall(rf"^```{language}\n(.*?)^```$", PAGE, flags=re.MULTILINE | re.DOTALL)


def deploy(folder: Path, release: int) -> HostProcess:
    """A host with the code of a *release* (0 or 1) on the state that all releases share."""
    app = folder / "app"
    app.mkdir(exist_ok=True)
    (app / "function_app.py").write_text(REST_OF_APP.format(saga=blocks("python")[release]))
    (app / "host.json").write_text(blocks("json")[release])
    return start_host(app, folder, state=str(folder / "state"))


async def send(client: Client, parcel: str) -> str:
    """Start the saga of a parcel."""
    path = f"{WEBHOOK}/orchestrators/deliver/{parcel}"
    response = await client.request("POST", path, json=f'"{parcel}"')
    assert response.status == 202
    return parcel


async def picked_up(client: Client, parcel: str) -> Any:
    """Tell the saga that the carrier has the parcel, and wait for its end."""
    path = f"{WEBHOOK}/instances/{parcel}/raiseEvent/picked-up"
    assert (await client.request("POST", path, json="today")).status == 202
    return (await client.finish(parcel))["output"]


async def raw_history(client: Client, parcel: str) -> History:
    """What the saga of a parcel has written."""
    response = await client.request("GET", f"/_emulator/history/{parcel}")
    return History.of_instance(parcel, "", await response.json())


@pytest.fixture
async def session():
    """An HTTP client."""
    async with aiohttp.ClientSession() as session:
        yield session


@pytest.mark.slow
async def test_an_instance_in_flight_survives_and_new_ones_take_the_new_way(tmp_path, session):
    """The page promises it to whoever changes a saga."""
    host = deploy(tmp_path, 0)
    client = Client(host, session)
    old = await send(client, "old")

    async def is_packed() -> bool:
        return "pack old" in host.recorded

    await client.wait_until(is_packed)
    host.kill()
    host = deploy(tmp_path, 1)
    client = Client(host, session)
    try:
        new = await send(client, "new")
        assert await picked_up(client, old) == "delivered"
        assert await picked_up(client, new) == "delivered"
        versions = [(await raw_history(client, parcel)).version for parcel in (old, new)]
    finally:
        host.kill()

    of_old = [line for line in host.recorded if line.endswith("old")]
    of_new = [line for line in host.recorded if line.endswith("new")]
    assert of_old == ["pack old", "notify old"]
    assert of_new == ["insure new", "pack new", "notify new"]
    assert versions == ["1.0", "2.0"]


def saga(source: str) -> Any:
    """The orchestrator that *source* defines."""
    names: dict[str, Any] = {}
    exec(source, names)
    return names["deliver"]


def recorded_under(version: str) -> History:
    """What the first release writes for a parcel that gets to its end."""
    return History.read(Path(__file__).parent / "planted" / f"deliver-{version}.json")


def test_the_branch_of_the_page_is_what_lets_old_instances_replay():
    """Without the condition the check fails, in the words of the page."""
    first, second = blocks("python")
    condition = "    if version_of(context) >= (2, 0):\n    "
    unconditional = saga(second.replace(condition, ""))
    history = recorded_under("1.0")

    found = first_difference(history, unconditional)

    assert first_difference(history, saga(first)) is None
    assert first_difference(history, saga(second)) is None
    assert "\n".join(str(found).splitlines()[:3]) in PAGE
