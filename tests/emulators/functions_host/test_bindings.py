"""Input and output bindings: what functions read before they run and write once they succeeded."""

import base64
import uuid
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from aiohttp import web
from azure.storage.queue.aio import QueueClient, QueueServiceClient

from tests.emulators.functions_host.harness import Client, HostProcess, start_host, write_app
from tests.emulators.processes import free_port

APP = """
STORAGE = "AzureWebJobsStorage"
COSMOS = {"connection": "CosmosDb", "database_name": "%DATABASE%"}


@app.route(route="queue/{kind}")
@app.queue_output(arg_name="out", connection=STORAGE, queue_name="%PREFIX%out")
def to_queue(req: func.HttpRequest, out: func.Out[str]) -> str:
    kind = req.route_params["kind"]
    values = {"text": "hello", "bytes": b"hello"}
    if kind == "fail":
        out.set("hello")
        raise ValueError("after setting it")
    if kind in values:
        out.set(values[kind])
    return kind


@app.route(route="objects/{kind}")
@app.queue_output(arg_name="out", connection=STORAGE, queue_name="%PREFIX%objects")
def objects_to_queue(req: func.HttpRequest, out: func.Out[func.QueueMessage]) -> str:
    one, two = func.QueueMessage(body="one"), func.QueueMessage(body="two")
    out.set(one if req.route_params["kind"] == "message" else [one, two, "three"])
    return "sent"


@app.route(route="returned", binding_arg_name="answer")
@app.queue_output(arg_name="$return", connection=STORAGE, queue_name="%PREFIX%returned")
def returns(req: func.HttpRequest, answer: func.Out[func.HttpResponse]) -> str:
    answer.set(func.HttpResponse("accepted", status_code=202))
    return "returned"


@app.route(route="named", binding_arg_name="answer")
def answers(req: func.HttpRequest, answer: func.Out[func.HttpResponse]):
    answer.set(func.HttpResponse("named", status_code=203))


@app.route(route="text/{name}")
@app.blob_input(arg_name="blob", connection=STORAGE, path="%PREFIX%blobs/{name}")
def text_from_blob(req: func.HttpRequest, blob: str) -> str:
    return f"{type(blob).__name__} {blob}"


@app.route(route="out/{name}")
@app.blob_output(arg_name="out", connection=STORAGE, path="%PREFIX%blobs/{name}-{Query.kind}.txt")
def to_blob(req: func.HttpRequest, out: func.Out[bytes]) -> str:
    out.set(req.get_body())
    return "written"


@app.route(route="in/{name}")
@app.blob_input(arg_name="blob", connection=STORAGE, path="%PREFIX%blobs/{name}")
def from_blob(req: func.HttpRequest, blob: func.InputStream) -> str:
    return "nothing" if blob is None else blob.read().decode()


@app.route(route="orders", methods=["POST"])
@app.cosmos_db_output(
    arg_name="out", container_name="orders", create_if_not_exists=True, partition_key="/id",
    **COSMOS,
)
def to_cosmos(req: func.HttpRequest, out: func.Out[func.DocumentList]) -> str:
    out.set(func.DocumentList([func.Document.from_dict(one) for one in req.get_json()]))
    return "written"


@app.route(route="orders/{id}", methods=["GET"])
@app.cosmos_db_input(
    arg_name="found", container_name="orders", id="{id}", partition_key="{id}", **COSMOS
)
def from_cosmos(req: func.HttpRequest, found: func.DocumentList) -> str:
    return json.dumps([one and one["total"] for one in found])


@app.route(route="search/{sku}", methods=["GET"])
@app.cosmos_db_input(
    arg_name="found", container_name="orders", **COSMOS,
    sql_query="SELECT * FROM c WHERE c.sku = {sku} ORDER BY c.id",
)
def search(req: func.HttpRequest, found: func.DocumentList) -> str:
    return json.dumps([one["id"] for one in found])


@app.route(route="events/{kind}")
@app.event_grid_output(
    arg_name="out", topic_endpoint_uri="TopicEndpoint", topic_key_setting="TopicKey"
)
def to_topic(req: func.HttpRequest, out: func.Out[func.EventGridOutputEvent]) -> str:
    from datetime import datetime
    out.set(func.EventGridOutputEvent(
        id="e1", data={"total": 1}, subject="orders/1", event_type=req.route_params["kind"],
        event_time=datetime(2026, 1, 2), data_version="1",
    ))
    return "sent"


@app.retry(strategy="fixed_delay", max_retry_count="1", delay_interval="00:00:00")
@app.route(route="retried")
@app.blob_output(arg_name="out", connection=STORAGE, path="NOT-A-CONTAINER/x")
def retried(req: func.HttpRequest, out: func.Out[str], context: func.Context) -> str:
    record("run", context.retry_context.retry_count)
    out.set("x")
    return "written"
"""


class Topic:
    """A topic that keeps what it is sent, and refuses events of type Refused."""

    def __init__(self) -> None:
        self.requests: list[tuple[dict[str, str], str, list[Any]]] = []

    async def receive(self, request: web.Request) -> web.Response:
        events = await request.json()
        self.requests.append((dict(request.headers), request.query["api-version"], events))
        return web.Response(status=400 if events[0]["eventType"] == "Refused" else 200)


@pytest.fixture(scope="module")
def topic_port() -> int:
    """Where the topic listens, which the host has to know from its start."""
    return free_port()


@pytest.fixture
async def topic(topic_port: int) -> AsyncIterator[Topic]:
    """A topic that listens."""
    topic, app = Topic(), web.Application()
    app.router.add_post("/api/events", topic.receive)
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", topic_port).start()
    yield topic
    await runner.cleanup()


@pytest.fixture(scope="module")
def prefix() -> str:
    """What names of queues and containers of this module begin with."""
    return f"t{uuid.uuid4().hex[:12]}"


@pytest.fixture(scope="module")
def host(
    tmp_path_factory: pytest.TempPathFactory,
    storage: str,
    cosmos_connection: str,
    topic_port: int,
    prefix: str,
) -> Iterator[HostProcess]:
    """One host for all tests here; each uses functions or values of its own."""
    folder = tmp_path_factory.mktemp("bindings")
    with pytest.MonkeyPatch.context() as environment:
        environment.setenv("AzureWebJobsStorage", storage)
        environment.setenv("CosmosDb", cosmos_connection)
        environment.setenv("DATABASE", prefix)
        environment.setenv("PREFIX", prefix)
        environment.setenv("TopicEndpoint", f"http://127.0.0.1:{topic_port}/api/events")
        environment.setenv("TopicKey", "topic-key")
        host = start_host(write_app(folder / "app", APP), folder)
    yield host
    host.kill()


@pytest.fixture
def client(host: HostProcess, session: aiohttp.ClientSession) -> Client:
    """Requests to that host."""
    return Client(host, session)


async def take(queue: QueueClient) -> list[str]:
    """Empty *queue*, and return the texts that were in it, decoded."""
    found = [one async for one in queue.receive_messages()]
    for message in found:
        await queue.delete_message(message)
    return [base64.b64decode(one.content).decode() for one in found]


@pytest.mark.parametrize(("kind", "sent"), [("text", "hello"), ("bytes", "hello")])
async def test_sends_what_a_function_puts_out(
    client: Client, queues: QueueServiceClient, prefix: str, kind: str, sent: str
):
    """Also when the queue is not there yet: the extension makes it."""
    response = await client.request("GET", f"/api/queue/{kind}")

    assert response.status == 200
    assert await take(queues.get_queue_client(f"{prefix}out")) == [sent]


@pytest.mark.parametrize(
    ("kind", "sent"), [("message", ["one"]), ("list", ["one", "two", "three"])]
)
async def test_sends_messages_and_lists_of_them(
    client: Client, queues: QueueServiceClient, prefix: str, kind: str, sent: list[str]
):
    """Of a QueueMessage only the body travels; a list is as many messages."""
    response = await client.request("GET", f"/api/objects/{kind}")

    assert response.status == 200
    assert await take(queues.get_queue_client(f"{prefix}objects")) == sent


@pytest.mark.parametrize(("kind", "status"), [("none", 200), ("fail", 500)])
async def test_writes_nothing_without_a_value_or_without_success(
    client: Client, queues: QueueServiceClient, prefix: str, kind: str, status: int
):
    """Outputs are written after the function returned, so a failed run leaves none."""
    await client.request("GET", "/api/queue/text")
    await take(queues.get_queue_client(f"{prefix}out"))

    response = await client.request("GET", f"/api/queue/{kind}")

    assert response.status == status
    assert await take(queues.get_queue_client(f"{prefix}out")) == []


async def test_sends_the_return_value_and_answers_over_another_parameter(
    client: Client, queues: QueueServiceClient, prefix: str
):
    """``$return`` may be any output, the HTTP response then has a name."""
    response = await client.request("GET", "/api/returned")

    assert (response.status, await response.text()) == (202, "accepted")
    assert await take(queues.get_queue_client(f"{prefix}returned")) == ["returned"]


async def test_answers_over_a_parameter_alone(client: Client):
    """``binding_arg_name`` frees the return value."""
    response = await client.request("GET", "/api/named")

    assert (response.status, await response.text()) == (203, "named")


async def test_hands_a_blob_over_as_text(client: Client):
    """For a str parameter; the host makes text of it unless data_type says BINARY."""
    await client.request("POST", "/api/out/text?kind=new", data="für dich".encode())

    response = await client.request("GET", "/api/text/text-new.txt")

    assert await response.text() == "str für dich"


async def test_writes_a_blob_and_reads_it(client: Client):
    """The path takes route and query parameters; the container is made."""
    await client.request("POST", "/api/out/order?kind=new", data=b"forty-two")

    response = await client.request("GET", "/api/in/order-new.txt")

    assert await response.text() == "forty-two"


async def test_hands_none_for_a_missing_blob(client: Client):
    """The function decides what that means."""
    response = await client.request("GET", "/api/in/missing")

    assert await response.text() == "nothing"


async def test_writes_documents_and_reads_them(client: Client):
    """By id, and by a query with a value of the route."""
    orders = [{"id": str(number), "sku": f"s{number % 2}", "total": number} for number in range(4)]
    await client.request("POST", "/api/orders", json=orders)

    by_id = await client.request("GET", "/api/orders/3")
    by_query = await client.request("GET", "/api/search/s1")

    assert await by_id.json(content_type=None) == [3]
    assert await by_query.json(content_type=None) == ["1", "3"]


async def test_takes_values_in_queries_as_values(client: Client):
    """A value from outside cannot change the query."""
    await client.request("POST", "/api/orders", json=[{"id": "1", "sku": "a"}])

    response = await client.request("GET", "/api/search/x' OR 'a' = 'a")

    assert await response.json(content_type=None) == []


async def test_reads_a_missing_document_as_none(client: Client):
    """The worker makes it a list with None in it."""
    await client.request("POST", "/api/orders", json=[])

    response = await client.request("GET", "/api/orders/missing")

    assert await response.json(content_type=None) == [None]


async def test_publishes_events(client: Client, topic: Topic):
    """To the topic's endpoint, with its key, as an array."""
    response = await client.request("GET", "/api/events/Placed")

    assert response.status == 200
    [(headers, version, events)] = topic.requests
    assert headers["aeg-sas-key"] == "topic-key"
    assert version == "2018-01-01"
    assert [(one["id"], one["eventType"], one["data"]) for one in events] == [
        ("e1", "Placed", {"total": 1})
    ]


async def test_fails_when_the_topic_refuses(client: Client):
    """An output that cannot be written fails the whole run."""
    response = await client.request("GET", "/api/events/Refused")

    assert response.status == 500


async def test_retries_a_run_whose_output_cannot_be_written(client: Client, host: HostProcess):
    """The retry policy covers the bindings, too."""
    response = await client.request("GET", "/api/retried")

    assert response.status == 500
    assert host.recorded == ["run 0", "run 1"]


@pytest.mark.parametrize(
    "decorator",
    [
        "@app.queue_output(arg_name='x', connection='Missing', queue_name='q')",
        "@app.blob_output(arg_name='x', connection='Missing', path='c/b')",
        "@app.cosmos_db_output(arg_name='x', connection='Missing', database_name='d',"
        " container_name='c')",
        "@app.event_grid_output(arg_name='x', topic_endpoint_uri='Missing',"
        " topic_key_setting='Missing')",
    ],
)
def test_does_not_start_without_a_connection(tmp_path: Path, decorator: str):
    """The message names the function and the setting."""
    app = write_app(
        tmp_path / "app",
        f"@app.route(route='x')\n{decorator}\ndef needs(req: func.HttpRequest, x) -> str: ...\n",
    )

    host = HostProcess(app, tmp_path)

    assert host.wait_for_exit() == 1
    assert "function needs: " in host.output
    assert "needs the app setting Missing" in host.output
