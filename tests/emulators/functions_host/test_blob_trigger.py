"""Blob functions: which blobs they get, that they get each version once, and poison blobs."""

import base64
import json
import uuid
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from azure.core.exceptions import ResourceExistsError
from azure.storage.blob.aio import BlobServiceClient, ContainerClient
from azure.storage.queue.aio import QueueServiceClient

from emulators.functions_host.blob_path import parse_blob_path
from emulators.functions_host.blob_receipts import host_id
from tests.emulators.functions_host.harness import Client, HostProcess, start_host, write_app

# With services or a browser of its own, started and stopped again and again.
pytestmark = pytest.mark.slow

BODY = """
def work(blob: func.InputStream):
    text = blob.read()
    record(blob.name, blob.length, text)
    record("facts", blob.uri.startswith("http"), blob.metadata)
    if text == b"fail":
        raise ValueError("cannot do that")
    record("done", blob.name.partition("/")[2])
"""


@pytest.fixture
async def container(blobs: BlobServiceClient, monkeypatch: pytest.MonkeyPatch) -> ContainerClient:
    """An empty container of the test's own."""
    name = f"c{uuid.uuid4().hex[:12]}"
    monkeypatch.setenv("CONTAINER", name)
    return await blobs.create_container(name)


@pytest.fixture
def start(
    container: ContainerClient,
    storage: str,
    tmp_path: Path,
    session: aiohttp.ClientSession,
    monkeypatch: pytest.MonkeyPatch,
) -> Iterator[Callable[..., tuple[HostProcess, Client]]]:
    """Start a host that scans the container, with a trigger of the test's own."""
    monkeypatch.setenv("AzureWebJobsStorage", storage)
    hosts = []

    def start(
        path: str = "%CONTAINER%/{name}", body: str = BODY, **arguments: Any
    ) -> tuple[HostProcess, Client]:
        extensions = {"queues": {"maxPollingInterval": "00:00:00.1"}}
        more = "".join(f", {name}={value!r}" for name, value in arguments.items())
        trigger = f"@app.blob_trigger(arg_name='blob', path='{path}', connection=''{more})"
        app = write_app(tmp_path / "app", trigger + body, extensions=extensions)
        hosts.append(start_host(app, tmp_path))
        return hosts[-1], Client(hosts[-1], session)

    yield start
    for host in hosts:
        host.kill()


@pytest.mark.parametrize(
    ("path", "blob", "values"),
    [
        ("c/{name}", "a/b.txt", {"name": "a/b.txt"}),
        ("c/{name}.{ext}", "a.b.txt", {"name": "a.b", "ext": "txt"}),
        ("c/in/{name}.csv", "in/x.csv", {"name": "x"}),
        ("c/in/{name}.csv", "out/x.csv", None),
        ("c/{{{name}}}", "{x}", {"name": "x"}),
        ("c/fixed", "fixed", {}),
        ("c/fixed", "fixed2", None),
        ("c", "any/thing", {}),
    ],
)
def test_matches_names_with_patterns(path: str, blob: str, values: dict[str, str] | None):
    """Names are greedy, and take slashes, as in the real extension."""
    assert parse_blob_path(path).match(blob) == values


@pytest.mark.parametrize("path", ["", "{container}/x", "c/{name", "c/{a}-{a}", "c/{a b}"])
def test_refuses_what_is_no_pattern(path: str):
    """Found at load, not when the first blob comes."""
    with pytest.raises(ValueError, match=r".+"):
        parse_blob_path(path)


async def test_runs_for_blobs_there_were_and_blobs_that_come(start, container: ContainerClient):
    """The function learns what the service knows of the blob."""
    await container.upload_blob("old", b"one", metadata={"sender": "me"})
    host, client = start()

    await container.upload_blob("new", b"three")

    await client.wait_for_record("done new")
    await client.wait_for_record("done old")
    assert f"{container.container_name}/old 3 b'one'" in host.recorded
    assert "facts True {'sender': 'me'}" in host.recorded


async def test_runs_for_matching_blobs_only(start, container: ContainerClient):
    """A pattern picks them by name, and its values go into other bindings."""
    body = """
@app.blob_output(arg_name="$return", path="%CONTAINER%/out/{name}.txt", connection="")
def copy(blob: func.InputStream) -> bytes:
    record("copied", blob.name.partition("/")[2])
    return blob.read().upper()
"""
    host, client = start("%CONTAINER%/in/{name}.csv", "\n" + body.strip() + "\n")
    await container.upload_blob("in/a.txt", b"no")

    await container.upload_blob("in/a.csv", b"yes")

    await client.wait_for_record("copied in/a.csv")

    async def copied() -> bool:
        return await container.get_blob_client("out/a.txt").exists()

    await client.wait_until(copied)
    assert await (await container.download_blob("out/a.txt")).readall() == b"YES"
    assert host.recorded == ["copied in/a.csv"]


async def test_runs_once_for_each_version_of_a_blob(start, container: ContainerClient):
    """Receipts outlive the host, so a restart brings no blob back."""
    host, client = start()
    await container.upload_blob("a", b"1")
    await client.wait_for_record("done a")
    await container.upload_blob("a", b"2", overwrite=True)
    await client.wait_for_record("done a", 2)
    host.terminate()
    host.wait_for_exit()

    host, client = start()
    await container.upload_blob("b", b"1")

    await client.wait_for_record("done b")
    assert host.recorded.count("done a") == 2


async def test_runs_again_when_its_receipt_is_deleted(
    start, container: ContainerClient, blobs: BlobServiceClient, tmp_path: Path
):
    """The way Microsoft documents to have a blob handled again."""
    host, client = start()
    await container.upload_blob("a", b"1")
    await client.wait_for_record("done a")
    host.terminate()
    host.wait_for_exit()
    receipts = blobs.get_container_client("azure-webjobs-hosts")
    prefix = f"blobreceipts/{host_id(tmp_path / 'app')}/Host.Functions.work/"
    async for receipt in receipts.list_blobs(name_starts_with=prefix):
        await receipts.delete_blob(receipt.name)

    _, client = start()

    await client.wait_for_record("done a", 2)


async def test_names_a_blob_that_keeps_failing_in_the_poison_queue(
    start, container: ContainerClient, queues: QueueServiceClient
):
    """After five tries; the blob is not tried again until it changes."""
    host, client = start()
    await container.upload_blob("bad", b"fail")
    await client.wait_for_record(f"{container.container_name}/bad 4 b'fail'", 5)
    poison = queues.get_queue_client("webjobs-blobtrigger-poison")
    with suppress(ResourceExistsError):
        await poison.create_queue()
    found: list[dict[str, str]] = []

    async def named() -> bool:
        received = [one async for one in poison.receive_messages()]
        found.extend(json.loads(base64.b64decode(one.content)) for one in received)
        return any(one["ContainerName"] == container.container_name for one in found)

    await client.wait_until(named)
    [message] = [one for one in found if one["ContainerName"] == container.container_name]
    assert message["FunctionId"] == "Host.Functions.work"
    assert message["BlobName"] == "bad"
    assert host.recorded.count(f"{container.container_name}/bad 4 b'fail'") == 5


@pytest.mark.parametrize(
    ("arguments", "read"),
    [({}, "b'\\xef\\xbf\\xbd'"), ({"data_type": "BINARY"}, "b'\\xff'")],
)
async def test_makes_text_of_a_blob_unless_it_is_binary(
    start, container: ContainerClient, arguments: dict[str, str], read: str
):
    """The real host does so even for an InputStream: without data_type an image is ruined."""
    _, client = start(**arguments)

    await container.upload_blob("a", b"\xff")

    await client.wait_for_record(f"{container.container_name}/a 1 {read}")


async def test_runs_a_blob_function_on_demand(start, container: ContainerClient):
    """For a blob by its path, however often it was handled before."""
    _, client = start()
    await container.upload_blob("a", b"1")
    await client.wait_for_record("done a")

    response = await client.request(
        "POST", "/admin/functions/work", json={"input": f"{container.container_name}/a"}
    )

    assert response.status == 202
    await client.wait_for_record("done a", 2)
