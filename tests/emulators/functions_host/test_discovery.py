"""Loading an app: what the real worker refuses does not load here either, and says why."""

import subprocess
import sys
from pathlib import Path

import pytest

from emulators.functions_host.errors import StartError
from emulators.functions_host.functions import UserFunction
from emulators.functions_host.worker.loader import load_functions
from tests.emulators.functions_host.harness import ROOT

HEADER = """
import azure.functions as func
import azure.durable_functions as df
app = df.DFApp()
"""


@pytest.fixture
def load(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """Load the source of a function_app.py, and forget the module afterwards."""

    def load(source: str, only: list[str] | None = None) -> dict[str, UserFunction]:
        (tmp_path / "function_app.py").write_text(HEADER + source)
        return {function.loaded.name: function for function in load_functions(tmp_path, only)}

    monkeypatch.setattr(sys, "path", list(sys.path))
    monkeypatch.delitem(sys.modules, "function_app", raising=False)
    yield load
    sys.modules.pop("function_app", None)


def test_finds_functions_of_the_app_and_its_blueprints(load):
    """Blueprints are registered into the app; they are no apps of their own."""
    functions = load("""
blueprint = df.Blueprint()

@blueprint.activity_trigger(input_name="order", activity="reserve_stock")
def reserve(order: str) -> str: ...

@app.route(route="orders")
async def orders(req: func.HttpRequest) -> func.HttpResponse: ...

app.register_functions(blueprint)
""")

    assert functions["orders"].loaded.is_async
    assert functions["reserve"].loaded.durable_name == "reserve_stock"


def test_loads_modules_next_to_the_app_under_their_real_names(load, tmp_path: Path):
    """Durable payloads name the modules of custom classes, so the names must be Azure's."""
    (tmp_path / "steps_for_test.py").write_text("def step(value: int) -> int: return value\n")

    functions = load("""
import steps_for_test
app.activity_trigger("value")(steps_for_test.step)
""")

    assert functions["step"].call.__module__ == "steps_for_test"


def test_resolves_settings_in_bindings(load, monkeypatch: pytest.MonkeyPatch):
    """``%NAME%`` stands for an app setting."""
    monkeypatch.setenv("ORDERS_ROUTE", "v2/orders")

    functions = load("""
@app.route(route="%ORDERS_ROUTE%")
def orders(req: func.HttpRequest) -> str: ...
""")

    assert functions["orders"].loaded.trigger["route"] == "v2/orders"


def test_accepts_the_generic_aliases_of_typing(load):
    """The worker refuses ``dict[str, str]`` but takes ``typing.Dict[str, str]``."""
    functions = load("""
import typing

@app.activity_trigger(input_name="a")
def f(a: typing.Dict[str, str], context: func.Context) -> typing.List[str]: ...
""")

    assert functions["f"].requires_context


@pytest.mark.parametrize("dot", [".", "__"])
def test_marks_disabled_functions(load, monkeypatch: pytest.MonkeyPatch, dot: str):
    """A function is switched off by a setting, without touching the code."""
    monkeypatch.setenv(f"AzureWebJobs{dot}off{dot}Disabled", "true")

    functions = load("""
@app.route(route="on")
def on(req: func.HttpRequest) -> str: ...

@app.route(route="off")
def off(req: func.HttpRequest) -> str: ...
""")

    assert {name: one.loaded.disabled for name, one in functions.items()} == {
        "on": False,
        "off": True,
    }


def test_lists_a_disabled_function_it_could_not_run(load, monkeypatch: pytest.MonkeyPatch):
    """What this host does not have is switched off locally, and must not stop the rest."""
    monkeypatch.setenv("AzureWebJobs.off.Disabled", "1")

    functions = load("""
@app.generic_trigger(arg_name="x", type="kafkaTrigger", topic="%NO_SUCH_SETTING%")
def off(x): ...
""")

    assert functions["off"].loaded.disabled
    assert functions["off"].loaded.trigger_type == "kafkaTrigger"


def test_loads_only_what_host_json_lets_through(load):
    """Others need not even be supported."""
    functions = load(
        """
@app.route(route="on")
def On(req: func.HttpRequest) -> str: ...

@app.generic_trigger(arg_name="x", type="kafkaTrigger")
def other(x): ...
""",
        only=["on"],
    )

    assert list(functions) == ["On"]


@pytest.mark.parametrize(
    ("source", "reason"),
    [
        ("app = None", "no top level function app"),
        ("other = func.FunctionApp()", "more than one function app"),
        ("import no_such_module", "No module named 'no_such_module'"),
        (
            "@app.route(route='x')\ndef f(req: func.HttpRequest, extra) -> str: ...",
            "declared in Python but not in the function definition .*'extra'",
        ),
        (
            "@app.activity_trigger(input_name='order')\ndef f(value): ...",
            "'value'",
        ),
        (
            "@app.orchestration_trigger(context_name='ctx')\ndef f(ctx): ...",
            'the "context" parameter is expected to be of type azure.functions.Context',
        ),
        (
            "@app.entity_trigger(context_name='ctx')\ndef f(ctx): ...",
            "cannot load the f function",
        ),
        (
            "@app.activity_trigger(input_name='a')\ndef f(a: dict[str, str]): ...",
            "binding a has invalid non-type annotation",
        ),
        (
            "import typing\n@app.route(route='x')\n"
            "def f(req: typing.List[func.HttpRequest]) -> str: ...",
            'type of req binding in function definition "httpTrigger" does not match',
        ),
        (
            "@app.activity_trigger(input_name='a')\ndef f(a: int | None): ...",
            "binding a has invalid non-type annotation",
        ),
        (
            "@app.activity_trigger(input_name='a')\ndef f(a: 'Missing'): ...",
            "its annotations cannot be resolved: name 'Missing' is not defined",
        ),
        (
            "@app.route(route='x')\ndef f(req: int) -> str: ...",
            'type of req binding in function definition "httpTrigger" does not match',
        ),
        (
            "@app.route(route='x')\ndef f(req: func.HttpRequest, context: int) -> str: ...",
            'the "context" parameter is expected to be of type azure.functions.Context',
        ),
        (
            "@app.activity_trigger(input_name='a')\ndef f(a): ...\n"
            "@app.activity_trigger(input_name='a')\ndef f(a): ...",
            "does not have a unique function name",
        ),
        (
            "@app.event_grid_trigger(arg_name='e')\ndef f(e: list): ...",
            'type of e binding in function definition "eventGridTrigger" does not match',
        ),
        (
            "@app.cosmos_db_trigger_v3(arg_name='d', connection_string_setting='c',"
            " database_name='d', collection_name='c')\ndef f(d: func.DocumentList): ...",
            "cosmosDBTrigger d has collectionName, connectionStringSetting of extension 3.x",
        ),
        (
            "@app.blob_trigger(arg_name='b', path='c/{name}', connection='s',"
            " source=func.BlobSource.EVENT_GRID)\ndef f(b: func.InputStream): ...",
            "does not support blobTrigger with source EventGrid",
        ),
        (
            "@app.service_bus_queue_trigger(arg_name='m', connection='c', queue_name='q')\n"
            "def f(m: func.ServiceBusMessage): ...",
            "emulators.functions_host does not support serviceBusTrigger",
        ),
        (
            "@app.event_hub_message_trigger(arg_name='m', connection='c', event_hub_name='h')\n"
            "def f(m: func.EventHubEvent): ...",
            "emulators.functions_host does not support eventHubTrigger",
        ),
        (
            "@app.generic_trigger(arg_name='m', type='signalRTrigger')\ndef f(m: str): ...",
            "emulators.functions_host does not support signalRTrigger",
        ),
        (
            "@app.table_output(arg_name='row', connection='c', table_name='t')\n"
            "@app.route(route='x')\ndef f(req: func.HttpRequest, row: func.Out[str]) -> str: ...",
            "does not support the output binding table of function f",
        ),
        (
            "@app.queue_output(arg_name='m', connection='c', queue_name='q')\n"
            "@app.route(route='x')\ndef f(req: func.HttpRequest, m: str) -> str: ...",
            'binding m is declared to have the "out" direction',
        ),
        (
            "@app.queue_output(arg_name='m', connection='c', queue_name='q')\n"
            "@app.route(route='x')\ndef f(req: func.HttpRequest, m: func.Out[int]) -> str: ...",
            'type of m binding in function definition "queue" does not match',
        ),
        (
            "@app.route(route='%NO_SUCH_SETTING%')\ndef f(req: func.HttpRequest) -> str: ...",
            "set NO_SUCH_SETTING",
        ),
        (
            "@app.retry(strategy='fixed_delay', max_retry_count='1')\n"
            "@app.route(route='x')\ndef f(req: func.HttpRequest) -> str: ...",
            "function f: retry.delay_interval is required",
        ),
    ],
)
def test_refuses(load, source: str, reason: str):
    """The message names the function and what to change."""
    with pytest.raises(StartError, match=reason):
        load(source)


def test_says_what_is_wrong_and_ends(tmp_path: Path):
    """A failing start is a line on stderr and exit code 1, not a traceback."""
    (tmp_path / "host.json").write_text('{"version": "2.0"}')

    ended = subprocess.run(
        [sys.executable, "-m", "emulators.functions_host", "--app", str(tmp_path)],
        cwd=ROOT, capture_output=True, text=True, timeout=20,
    )  # fmt: skip

    assert ended.returncode == 1
    assert ended.stderr.strip() == f"functions_host: there is no function_app.py in {tmp_path}"


def test_names_the_old_programming_model(tmp_path: Path):
    """An app of function.json files is none that lost its function_app.py."""
    (tmp_path / "hello").mkdir()
    (tmp_path / "hello" / "function.json").write_text("{}")

    with pytest.raises(StartError, match="does not support the v1 programming model"):
        load_functions(tmp_path)
