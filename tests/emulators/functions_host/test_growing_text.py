"""Histories are sent to a worker once; whatever it has lost, it is told in full."""

import json
from collections.abc import AsyncIterator
from pathlib import Path

import aiohttp
import pytest
from azure.functions.meta import Datum

from emulators.functions_host.growing_text import Continued, Ending, GrowingText, KeptTexts
from emulators.functions_host.messages import Invoke, Load, RetryContext
from emulators.functions_host.worker_process import WorkerProcess
from tests.emulators.functions_host.harness import WEBHOOK, Client, start_host, write_app

LONG = "é" * 20_000
MEGABYTES = "x" * 20_000_000


class Worker:
    """Somebody to send texts to, and what comes of them there."""

    def __init__(self, most: int = 1_000_000) -> None:
        self.kept = KeptTexts(most)
        self.got: list[str | Continued] = []

    def take(self, text: GrowingText, rest: str = ".") -> str | None:
        message = text.message(self, rest)
        self.got.append(message)
        return message if isinstance(message, str) else self.kept.whole(message)


def growing(*parts: str) -> GrowingText:
    """A text of *parts*, each in angle brackets."""
    return GrowingText("[", list(parts), lambda part: f"<{part}>")


def test_sends_a_worker_only_what_it_lacks():
    """Otherwise each step of a long orchestration would cost more than the one before."""
    text, worker = growing(LONG), Worker()
    worker.take(text)
    text.parts += ["b", "c"]

    whole = worker.take(text, "end")

    assert whole == f"[<{LONG}><b><c>end"
    assert isinstance(worker.got[-1], Continued)
    assert worker.got[-1].added == "<b><c>"


def test_goes_on_with_every_worker_where_that_one_stands():
    """Any worker runs any episode, so some have missed the last ones."""
    text, one, other = growing(LONG), Worker(), Worker()
    one.take(text)
    text.parts.append("b")
    other.take(text)
    text.parts.append("c")

    wholes = [one.take(text), other.take(text)]

    assert wholes == [f"[<{LONG}><b><c>."] * 2
    assert [worker.got[-1].added for worker in (one, other)] == ["<b><c>", "<c>"]  # type: ignore[union-attr]


def test_repeats_a_text_that_has_not_grown():
    """An orchestrator under a retry policy is asked the same question again."""
    text, worker = growing(LONG), Worker()

    assert worker.take(text) == worker.take(text) == f"[<{LONG}>."


def test_keeps_the_texts_of_two_instances_apart():
    """Two histories may be equally long."""
    one, other, worker = growing(LONG), growing(LONG.upper()), Worker()
    worker.take(one)
    worker.take(other)

    assert worker.take(one) == f"[<{LONG}>."


@pytest.mark.parametrize("part", ["short", MEGABYTES])
def test_sends_very_short_and_very_long_texts_whole(part: str):
    """Short ones are sent sooner than remembered, and a huge one would drive out all others."""
    text, worker = growing(part), Worker()

    assert [worker.take(text), worker.take(text)] == [f"[<{part}>."] * 2
    assert not any(isinstance(one, Continued) for one in worker.got)


def test_sends_a_text_whole_once_it_has_become_very_long():
    """Also to a worker that has its beginning."""
    text, worker = growing(LONG), Worker()
    worker.take(text)
    text.parts.append(MEGABYTES)

    assert [worker.take(text), worker.take(text)] == [f"[<{LONG}><{MEGABYTES}>."] * 2


def test_knows_that_a_worker_has_dropped_a_text():
    """Memory is bounded: the text that was not used for longest makes room."""
    first, second, worker = growing(LONG), growing(LONG), Worker(most=30_000)
    worker.take(first)
    worker.take(second)
    first.parts.append("b")

    lacking = worker.take(first)
    first.forgotten_by(worker)

    assert (lacking, worker.take(first)) == (None, f"[<{LONG}><b>.")


def test_never_takes_another_text_for_the_beginning():
    """What is there under the key, but not as long as believed, is not what was meant."""
    text, worker = growing(LONG), Worker()
    worker.take(text)
    message = text.message(worker, ".")
    assert isinstance(message, Continued)

    stale = Continued(message.key, message.held - 1, "b", ".")

    assert worker.kept.whole(stale) is None


def test_passes_on_what_it_cannot_keep():
    """A text larger than all the room is still one that was asked about."""
    text, worker = growing(LONG), Worker(most=100)

    assert worker.take(text) == f"[<{LONG}>."


@pytest.fixture
async def process(tmp_path: Path) -> AsyncIterator[WorkerProcess]:
    """A worker with an orchestrator that answers what it was asked."""
    app = write_app(tmp_path / "app", _ECHO)
    process = WorkerProcess(Load(str(app), {}, colour=False))
    await process.start()
    yield process
    await process.stop()


_ECHO = """
@app.generic_trigger(arg_name="context", type="orchestrationTrigger")
def echo(context: func.OrchestrationContext) -> str:
    return context.body
"""


async def test_asks_again_when_a_worker_has_not_kept_the_beginning(process: WorkerProcess):
    """The orchestrator gets the whole text, and nothing else ever."""
    text = growing(LONG)
    text.message(process, "lost on its way")
    text.parts.append("b")

    answers = [await process.invoke(_question(id_, text)) for id_ in range(2)]

    assert [answer.value.value for answer in answers] == [f"[<{LONG}><b>."] * 2


def _question(id_: int, text: GrowingText) -> Invoke:
    return Invoke(id_, "echo", {"context": Datum(Ending(text, "."), "json")}, {}, RetryContext())


_LONG_STORY = """
import azure.durable_functions as df

app = df.DFApp(http_auth_level=func.AuthLevel.ANONYMOUS)


@app.orchestration_trigger(context_name="context")
def story(context):
    pages = []
    for number in range(40):
        pages.append((yield context.call_activity("page", number)))
    return [page[:2] for page in pages]


@app.activity_trigger(input_name="number")
def page(number: int) -> str:
    record(number)
    if number == 20 and Path(os.environ["RECORD_FILE"]).read_text().split().count("20") == 1:
        os._exit(1)
    return f"{number:02}" + 2_000 * "x"
"""


@pytest.mark.parametrize("workers", ["1", pytest.param("2", marks=pytest.mark.slow)])
async def test_goes_on_with_a_long_history_when_a_worker_dies(
    tmp_path: Path, session: aiohttp.ClientSession, workers: str
):
    """The next worker knows nothing of it, whoever takes over."""
    app = write_app(tmp_path / "app", _LONG_STORY)
    host = start_host(app, tmp_path, "--workers", workers)
    client = Client(host, session)

    await client.request("POST", f"{WEBHOOK}/orchestrators/story/long", json=None)

    status = await client.finish("long")
    host.kill()
    assert status["output"] == [f"{number:02}" for number in range(40)]
    assert host.recorded.count("20") == 2


async def test_shows_orchestrators_no_notes_of_the_engine(
    tmp_path: Path, session: aiohttp.ClientSession
):
    """Azure has none, and the SDK would read them again at every step."""
    app = write_app(tmp_path / "app", _LOOK)
    host = start_host(app, tmp_path)
    client = Client(host, session)

    await client.request("POST", f"{WEBHOOK}/orchestrators/look/one", json=None)
    await client.request("POST", f"{WEBHOOK}/instances/one/raiseEvent/go", json=',"Actions":1}')

    status = await client.finish("one")
    host.kill()
    started, *_, completed = json.loads(status["output"])[:4]
    assert started.keys() == completed.keys() == {"EventType", "EventId", "IsPlayed", "Timestamp"}


_LOOK = """
import azure.durable_functions as df

app = df.DFApp(http_auth_level=func.AuthLevel.ANONYMOUS)


def _look(context):
    yield context.wait_for_external_event("go")
    yield context.call_activity("nothing", None)


_replay = df.Orchestrator.create(_look)


@app.generic_trigger(arg_name="context", type="orchestrationTrigger")
def look(context: func.OrchestrationContext) -> str:
    state = json.loads(_replay(context))
    if state["isDone"]:
        state["output"] = json.dumps(json.loads(context.body)["history"])
    return json.dumps(state)


@app.activity_trigger(input_name="value")
def nothing(value: str) -> None:
    pass
"""
