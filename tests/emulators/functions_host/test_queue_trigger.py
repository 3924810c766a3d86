"""Queue functions: which messages they get, how often, and where messages end."""

import base64
import uuid
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from azure.storage.queue.aio import QueueClient, QueueServiceClient

from emulators.functions_host.held_message import HeldMessage
from tests.emulators.functions_host.harness import Client, HostProcess, start_host, write_app

# With services or a browser of its own, started and stopped again and again.
pytestmark = pytest.mark.slow

FAST: dict[str, Any] = {"maxPollingInterval": "00:00:00.2", "maxDequeueCount": 2}
APP = """
@app.queue_trigger(arg_name="message", queue_name="%QUEUE%", connection="")
def work(message: func.QueueMessage):
    text = message.get_body().decode()
    record(text, message.dequeue_count)
    record("facts", bool(message.id), bool(message.pop_receipt), message.insertion_time.year > 2000)
    if text.startswith("fail"):
        raise ValueError("cannot do that")
    while text.startswith("wait") and not Path(os.environ["GATE"]).exists():
        time.sleep(0.01)
    record("done", text)
"""


@pytest.fixture
async def queue(queues: QueueServiceClient, monkeypatch: pytest.MonkeyPatch) -> QueueClient:
    """An empty queue of the test's own."""
    name = f"q{uuid.uuid4().hex[:12]}"
    monkeypatch.setenv("QUEUE", name)
    return await queues.create_queue(name)


@pytest.fixture
def start(
    queue: QueueClient,
    storage: str,
    tmp_path: Path,
    session: aiohttp.ClientSession,
    monkeypatch: pytest.MonkeyPatch,
) -> Iterator[Callable[..., tuple[HostProcess, Client]]]:
    """Start a host that listens to the queue, with settings of the test's own."""
    monkeypatch.setenv("AzureWebJobsStorage", storage)
    monkeypatch.setenv("GATE", str(tmp_path / "gate"))
    hosts = []

    def start(source: str = APP, **settings: Any) -> tuple[HostProcess, Client]:
        extensions = {"queues": FAST | settings}
        app = write_app(tmp_path / "app", source, extensions=extensions)
        hosts.append(start_host(app, tmp_path))
        return hosts[-1], Client(hosts[-1], session)

    yield start
    for host in hosts:
        host.kill()


def encoded(text: str) -> str:
    """*text* as the real host expects it by default."""
    return base64.b64encode(text.encode()).decode()


async def count(queue: QueueClient) -> int:
    """How many messages there are, visible or not."""
    properties = await queue.get_queue_properties()
    return int(properties.approximate_message_count or 0)


async def test_runs_the_function_for_a_message(start, queue: QueueClient):
    """The function learns what the queue knows of the message, which is then deleted."""
    host, client = start()

    await queue.send_message(encoded("hello"))

    await client.wait_for_record("done hello")
    assert host.recorded == ["hello 1", "facts True True True", "done hello"]

    async def deleted() -> bool:
        return await count(queue) == 0

    await client.wait_until(deleted)


async def test_moves_a_message_that_keeps_failing_to_the_poison_queue(
    start, queue: QueueClient, queues: QueueServiceClient
):
    """After maxDequeueCount runs someone has to look at it."""
    host, client = start()
    await queue.send_message(encoded("fail"))
    poison = queues.get_queue_client(f"{queue.queue_name}-poison")

    await client.wait_for_record("fail 2")

    async def moved() -> bool:
        return await count(queue) == 0 and await count(poison) == 1

    await client.wait_until(moved)
    assert "fail 3" not in host.recorded
    [message] = [one async for one in poison.receive_messages()]
    assert message.content == encoded("fail")


async def test_moves_a_message_it_cannot_decode_to_the_poison_queue(
    start, queue: QueueClient, queues: QueueServiceClient
):
    """A sender that does not encode has to be noticed, not retried."""
    host, client = start()
    poison = queues.get_queue_client(f"{queue.queue_name}-poison")
    await poison.create_queue()

    await queue.send_message("not base64!")

    async def moved() -> bool:
        return await count(poison) == 1

    await client.wait_until(moved)
    assert host.recorded == []


async def test_takes_text_as_it_is_when_told_so(start, queue: QueueClient):
    """``messageEncoding`` none is for senders that do not encode."""
    _, client = start(messageEncoding="none")

    await queue.send_message("hello")

    await client.wait_for_record("done hello")


async def test_waits_before_it_tries_again(start, queue: QueueClient):
    """``visibilityTimeout`` keeps a failed message back while others are handled."""
    host, client = start(visibilityTimeout="00:01:00")
    await queue.send_message(encoded("fail"))
    await client.wait_for_record("fail 1")

    await queue.send_message(encoded("hello"))

    await client.wait_for_record("done hello")
    assert "fail 2" not in host.recorded
    assert await count(queue) >= 1


async def test_runs_no_more_at_a_time_than_it_is_told(start, queue: QueueClient):
    """The threshold decides when the next batch is fetched."""
    host, client = start(batchSize=1, newBatchThreshold=0)
    for number in range(3):
        await queue.send_message(encoded(f"wait {number}"))

    await client.wait_for_record("wait 0 1")

    assert [line for line in host.recorded if line.startswith("wait")] == ["wait 0 1"]
    (host.record.parent / "gate").touch()
    await client.wait_for_record("done wait 2")


async def test_uses_values_of_a_json_message_in_bindings(
    start, queue: QueueClient, queues: QueueServiceClient
):
    """A field of the message names another queue."""
    _, client = start("""
@app.queue_trigger(arg_name="message", queue_name="%QUEUE%", connection="")
@app.queue_output(arg_name="$return", queue_name="{target}", connection="")
def forward(message: func.QueueMessage) -> str:
    return message.get_json()["text"]
""")
    target = queues.get_queue_client(f"{queue.queue_name}-next")

    await queue.send_message(encoded(f'{{"target": "{target.queue_name}", "text": "hi"}}'))

    async def arrived() -> bool:
        names = [one.name async for one in queues.list_queues()]
        return target.queue_name in names and await count(target) == 1

    await client.wait_until(arrived)


async def test_tries_again_under_a_retry_policy_before_the_queue_does(start, queue: QueueClient):
    """The policy runs within one delivery of the message."""
    host, client = start("""
@app.retry(strategy="fixed_delay", max_retry_count="2", delay_interval="00:00:00")
@app.queue_trigger(arg_name="message", queue_name="%QUEUE%", connection="")
def work(message: func.QueueMessage, context: func.Context):
    record(message.dequeue_count, context.retry_context.retry_count)
    if context.retry_context.retry_count < 2:
        raise ValueError("not yet")
""")

    await queue.send_message(encoded("x"))

    await client.wait_for_record("1 2")
    assert host.recorded == ["1 0", "1 1", "1 2"]


async def test_waits_for_a_queue_that_is_made_later(
    start, queue: QueueClient, queues: QueueServiceClient
):
    """A missing queue is an empty queue."""
    await queue.delete_queue()
    _, client = start()

    async def made() -> bool:
        try:
            await queue.create_queue()
        except Exception:  # the old one is still being deleted
            return False
        return True

    await client.wait_until(made)
    await queue.send_message(encoded("hello"))

    await client.wait_for_record("done hello")


async def test_finishes_a_message_before_it_stops(start, queue: QueueClient):
    """A stopped host leaves no message behind that it has worked on."""
    host, client = start()
    await queue.send_message(encoded("wait"))
    await client.wait_for_record("wait 1")

    host.terminate()
    (host.record.parent / "gate").touch()
    host.wait_for_exit()

    assert "done wait" in host.recorded
    assert await count(queue) == 0


async def test_keeps_a_message_invisible_while_it_works(queue: QueueClient):
    """Otherwise a long run would let another host start the same message."""
    await queue.send_message("x")
    [message] = [one async for one in queue.receive_messages(visibility_timeout=1)]
    held = HeldMessage(queue, message, timedelta(seconds=1))
    receipts = {message.pop_receipt}

    async with held:
        while len(receipts) < 4:  # three renewals, half a lease apart
            assert [one async for one in queue.receive_messages()] == []
            receipts.add(held.receipt)

    await held.delete()
    assert await count(queue) == 0


async def test_logs_neither_its_polling_nor_a_secret(start, queue: QueueClient, storage: str):
    """A log that repeats every request hides what the app says."""
    host, client = start()
    await queue.send_message(encoded("hello"))
    await client.wait_for_record("done hello")

    assert "Request URL" not in host.output
    assert storage not in host.output
    assert "AccountKey" not in host.output


async def test_runs_a_queue_function_on_demand(start, queue: QueueClient):
    """With a text of one's own, and no message anywhere."""
    _, client = start()

    response = await client.request("POST", "/admin/functions/work", json={"input": "by hand"})

    assert response.status == 202
    await client.wait_for_record("done by hand")


def test_does_not_start_without_its_storage(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """The message names the function and the setting."""
    monkeypatch.setenv("QUEUE", "q")
    monkeypatch.delenv("AzureWebJobsStorage", raising=False)

    host = HostProcess(write_app(tmp_path / "app", APP), tmp_path)

    assert host.wait_for_exit() == 1
    assert "function work: the queueTrigger binding 'message' needs the app setting " in host.output
    assert "AzureWebJobsStorage" in host.output
