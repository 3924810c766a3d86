"""The list of instances, and what the forms on their pages do."""

import sqlite3
import time
import uuid
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.parse import quote

import aiohttp
import pytest
from selenium.webdriver import Chrome
from selenium.webdriver.common.by import By

from emulators.functions_host.durable import queries
from emulators.functions_host.durable.events import wire_time
from emulators.functions_host.durable.queries import InstanceFilter, Place
from emulators.functions_host.durable.records import Instance, Status
from emulators.functions_host.durable.schema import open_task_hub
from emulators.functions_host.keys import DURABLE_SYSTEM_KEY, HOST_KEY, MASTER_KEY
from tests.emulators.browser import follow, found
from tests.emulators.functions_host.harness import Client, Gate, HostProcess, start_host

# With services or a browser of its own, started and stopped again and again.
pytestmark = pytest.mark.slow

PAGES = "/runtime/durable"
HOSTILE = "<script>document.title='owned'"


@pytest.fixture(scope="module")
def host(tmp_path_factory: pytest.TempPathFactory) -> Iterator[HostProcess]:
    """One host for the tests that do not look at everything it has."""
    host = start_host("pages", tmp_path_factory.mktemp("forms"))
    yield host
    host.kill()


@pytest.fixture
def client(host: HostProcess, session: aiohttp.ClientSession) -> Client:
    """Requests to it."""
    return Client(host, session)


@pytest.fixture
def prefix() -> str:
    """What the ids of a test's own instances begin with."""
    return f"test-{uuid.uuid4().hex}-"


@pytest.fixture
async def waiting(client: Client, prefix: str) -> str:
    """An instance that waits for the event Approval."""
    instance_id = await client.start("waiting", None, f"{prefix}waiting")
    await client.wait_for(instance_id, "Running")
    return instance_id


def instance(instance_id: str) -> str:
    """The address of an instance's page."""
    return f"{PAGES}/instance?id={quote(instance_id)}"


def show(browser: Chrome, client: Client, path: str) -> None:
    """Open a page of the host."""
    browser.get(client.url + path)


def ids(browser: Chrome) -> list[str]:
    """The instances on the page, from top to bottom."""
    return [one.text for one in browser.find_elements(By.CSS_SELECTOR, "td.id")]


def unfold(browser: Chrome, action: str) -> None:
    """Open the form of an action."""
    browser.find_element(By.XPATH, f"//summary[text()='{action}…']").click()


async def send(client: Client, action: str, instance_id: str, **form: str) -> tuple[int, str]:
    """Send the form of an action as a page of the host would."""
    path = f"{PAGES}/instance/{action}?id={quote(instance_id)}"
    response = await client.request("POST", path, data=form, headers={"Origin": client.url})
    return response.status, await response.text()


class TestInABrowser:
    """The way a developer goes, by links and forms alone."""

    async def test_instances_are_found_and_paged_through(
        self, browser: Chrome, client: Client, prefix: str
    ):
        """Newest first, fifty at a time, and back again."""
        for number in range(52):
            await client.start("quick", number, f"{prefix}{number:02}")
        await client.finish(f"{prefix}51")
        show(browser, client, PAGES)

        found(browser, ".filter summary").click()
        found(browser, "#prefix").send_keys(prefix)
        follow(browser, found(browser, ".filter button"))
        first, shown = ids(browser), found(browser, "#shown").text
        follow(browser, found(browser, "[rel=next]"))
        second = ids(browser)
        follow(browser, found(browser, "[rel=prev]"))

        assert (first[0], first[-1], len(first)) == (f"{prefix}51", f"{prefix}02", 50)
        assert second == [f"{prefix}01", f"{prefix}00"]
        assert shown == "50 of 52"
        assert ids(browser) == first

    async def test_a_count_leads_to_the_instances_it_counts(
        self, browser: Chrome, client: Client, waiting: str, prefix: str
    ):
        """Other filters stay, so the numbers on the tiles are those of the list below."""
        await client.finish(await client.start("quick", 1, f"{prefix}quick"))
        show(browser, client, f"{PAGES}?prefix={prefix}")

        total = found(browser, ".counts a").text.split()
        follow(browser, found(browser, ".counts .completed"))

        assert total == ["2", "All"]
        assert ids(browser) == [f"{prefix}quick"]
        assert found(browser, "[aria-current].completed").text.split() == ["1", "Completed"]

    async def test_an_event_is_raised(self, browser: Chrome, client: Client, waiting: str):
        """The page knows the name, so that only the body has to be typed."""
        show(browser, client, instance(waiting))
        hint = found(browser, ".waits li").text

        unfold(browser, "Raise an event")
        found(browser, "#body").send_keys('{"by": "Ada"}')
        follow(browser, found(browser, "form[action*=raise-event] button"))

        assert hint == "the external event Approval"
        assert found(browser, "[role=status]").text == "The event was sent."
        assert (await client.finish(waiting))["output"] == {"by": "Ada"}

    def test_a_wrong_body_stays_in_its_field(self, browser: Chrome, client: Client, waiting: str):
        """It can be put right where it is, and nothing was sent."""
        show(browser, client, instance(waiting))

        unfold(browser, "Raise an event")
        found(browser, "#body").send_keys('{"by": Ada}')
        follow(browser, found(browser, "form[action*=raise-event] button"))

        assert (
            "not JSON: Expecting value at line 1, column 8" in found(browser, "[role=alert]").text
        )
        assert found(browser, "#body").is_displayed()
        assert found(browser, "#body").get_attribute("value") == '{"by": Ada}'

    async def test_an_instance_is_suspended_resumed_and_terminated(
        self, browser: Chrome, client: Client, waiting: str
    ):
        """Each form is offered only where it makes sense."""
        show(browser, client, instance(waiting))

        unfold(browser, "Suspend")
        follow(browser, found(browser, "form[action*=suspend] button"))
        await client.wait_for(waiting, "Suspended")
        show(browser, client, instance(waiting))
        unfold(browser, "Resume")
        follow(browser, found(browser, "form[action*=resume] button"))
        await client.wait_for(waiting, "Running")
        show(browser, client, instance(waiting))
        unfold(browser, "Terminate")
        found(browser, "#reason").send_keys("a wrong order")
        follow(browser, found(browser, "form[action*=terminate] button"))
        await client.finish(waiting)
        show(browser, client, instance(waiting))

        assert found(browser, "h1 + .badge").text == "Terminated"
        assert found(browser, ".payloads pre").text == "a wrong order"
        assert not browser.find_elements(By.CSS_SELECTOR, "form[action*=suspend]")

    async def test_a_failed_instance_is_rewound(
        self, browser: Chrome, client: Client, prefix: str, gate: Gate
    ):
        """What went wrong is named first; once it is mended, the instance goes on."""
        failed = await client.start("through_gate", str(gate), f"{prefix}failed")
        await client.wait_for(failed, "Failed")
        show(browser, client, instance(failed))
        outcome = found(browser, ".outcome").text
        gate.open()

        unfold(browser, "Rewind")
        found(browser, "#rewind-reason").send_keys("the gate is open")
        follow(browser, found(browser, "form[action*=rewind] button"))
        status = await client.finish(failed)
        show(browser, client, instance(failed))

        assert outcome.startswith("failed ValueError: the gate is closed")
        assert (status["runtimeStatus"], status["output"]) == ("Completed", "through")
        assert "rewound" in found(browser, ".timeline").text

    async def test_a_restart_leads_to_the_new_instance(
        self, browser: Chrome, client: Client, prefix: str
    ):
        """It has the input of the old one, and an id of its own."""
        old = await client.start("quick", {"order": 42}, f"{prefix}old")
        await client.finish(old)
        show(browser, client, instance(old))

        unfold(browser, "Restart")
        follow(browser, found(browser, "form[action*=restart] button"))

        assert found(browser, "h1").text != old
        assert '"order": 42' in found(browser, ".payloads").text

    async def test_one_instance_is_purged(self, browser: Chrome, client: Client, prefix: str):
        """The list says so; the others stay."""
        for name in ("gone", "kept"):
            await client.finish(await client.start("quick", 1, prefix + name))
        show(browser, client, instance(f"{prefix}gone"))

        unfold(browser, "Purge")
        follow(browser, found(browser, "form[action$='gone'] button.danger"))

        assert found(browser, "[role=status]").text == "The instance was removed."
        show(browser, client, f"{PAGES}?prefix={prefix}")
        assert ids(browser) == [f"{prefix}kept"]

    async def test_all_that_fit_the_filter_are_purged_once_confirmed(
        self, browser: Chrome, client: Client, waiting: str, prefix: str
    ):
        """What still runs stays, and so does what the filter does not find."""
        for name in ("a", "b"):
            await client.finish(await client.start("quick", 1, prefix + name))
        other = await client.start("quick", 1)
        await client.finish(other)
        show(browser, client, f"{PAGES}?prefix={prefix}")

        follow(browser, browser.find_element(By.PARTIAL_LINK_TEXT, "Purge all 2 finished"))
        asked = found(browser, "main .card").text
        follow(browser, found(browser, "button.danger"))
        show(browser, client, f"{PAGES}?prefix={prefix}")

        assert "2 finished instances that fit the filter will be removed" in asked
        assert ids(browser) == [waiting]
        assert (await client.status(other))["runtimeStatus"] == "Completed"

    async def test_what_is_stored_never_becomes_markup(
        self, browser: Chrome, client: Client, prefix: str
    ):
        """Ids, inputs and outputs of others must not run in a developer's browser."""
        hostile = prefix + HOSTILE
        await client.finish(await client.start("quick", {HOSTILE: HOSTILE}, hostile))

        show(browser, client, f"{PAGES}?prefix={quote(prefix)}")
        follow(browser, found(browser, "td.id a"))

        assert found(browser, "h1").text == hostile
        assert HOSTILE in found(browser, ".payloads").text
        assert browser.title == f"{hostile} · Durable"
        assert not browser.find_elements(By.CSS_SELECTOR, "script")

    def test_the_page_asks_nobody_else_for_anything(self, browser: Chrome, client: Client):
        """It works on a machine without a network, and without a script."""
        show(browser, client, PAGES)

        script = "return performance.getEntriesByType('resource').map(entry => entry.name)"
        assert browser.execute_script(script) == [f"{client.url}{PAGES}/pages.css"]

    def test_reloading_is_a_choice(self, browser: Chrome, client: Client):
        """A page that reloads on its own would take away what is being typed."""
        show(browser, client, PAGES)
        before = browser.find_elements(By.CSS_SELECTOR, "meta[http-equiv=refresh]")

        follow(browser, browser.find_element(By.LINK_TEXT, "Reload every 5 s"))

        content = found(browser, "meta[http-equiv=refresh]").get_attribute("content")
        assert not before
        assert content == f"5; url={PAGES}?refresh=5"


async def test_an_empty_hub_says_how_to_fill_it(tmp_path: Path, session: aiohttp.ClientSession):
    """The command can be pasted, up to the function's name."""
    host = start_host("pages", tmp_path)
    client = Client(host, session)

    text = await (await client.request("GET", PAGES)).text()
    address = f"{host.url}/runtime/webhooks/durabletask/orchestrators/quick"
    started = await session.post(address, json={"key": "value"})

    printed = host.output
    host.kill()
    assert address.replace("quick", "NAME") in text
    assert started.status == 202
    assert f"{host.url}{PAGES}" in printed


@pytest.mark.parametrize(
    ("action", "form", "status", "text"),
    [
        ("raise-event", {"event": "x"}, 410, "The instance is over"),
        ("raise-event", {"event": " "}, 400, "An event needs a name."),
        ("raise-event", {"event": "x", "body": "NaN"}, 400, "JSON knows no NaN"),
        ("raise-event", {"event": "x", "body": "[" * 10_000}, 400, "nested too deeply"),
        ("terminate", {}, 410, "The instance is over"),
        ("rewind", {}, 412, "Only failed instances can be rewound."),
    ],
)
async def test_a_refusal_is_a_text_on_the_instances_page(
    client: Client, prefix: str, action: str, form: dict[str, str], status: int, text: str
):
    """Never a stack trace, and the way back is the page itself."""
    over = await client.start("quick", 1, f"{prefix}over")
    await client.finish(over)

    answered, page = await send(client, action, over, **form)

    assert answered == status
    assert text in page
    assert f"<h1>{over}</h1>" in page


async def test_what_does_not_fit_the_state_is_a_conflict(client: Client, waiting: str):
    """The management API says 500 here, which would look like a broken host."""
    resumed, text = await send(client, "resume", waiting)
    purged, reason = await send(client, "purge", waiting)

    assert (resumed, purged) == (409, 412)
    assert "The instance is not suspended." in text
    assert "Only finished instances can be purged." in reason


@pytest.mark.parametrize("action", ["terminate", "restart", "purge", "rewind"])
async def test_an_unknown_instance_is_not_found(client: Client, action: str):
    """It may have been purged in another tab."""
    status, page = await send(client, action, "nobody")

    assert status in (400, 404)
    assert "There is no such instance" in page


@pytest.mark.parametrize(
    ("query", "text"),
    [
        ("status=Lost", "There is no status &#39;Lost&#39;."),
        ("from=yesterday", "Created from: &#39;yesterday&#39; is no date."),
        ("to=0001-01-01T00:00%2B10:00", "is no date."),
    ],
)
async def test_a_wrong_filter_can_be_put_right(client: Client, query: str, text: str):
    """The form is still there, with what was asked in it."""
    response = await client.request("GET", f"{PAGES}?{query}")

    page = await response.text()
    assert response.status == 400
    assert text in page
    assert 'role="alert"' in page
    assert 'id="prefix"' in page


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "http://evil.example"},
        {"Origin": "null"},
        {},
        {"Origin": "http://localhost:1"},
        {"Origin": "OWN", "Sec-Fetch-Site": "cross-site"},
        {"Origin": "OWN", "Sec-Fetch-Site": "same-site"},
    ],
)
@pytest.mark.parametrize("path", ["instance/terminate?id={}", "purge?prefix={}"])
async def test_forms_of_other_sites_change_nothing(
    client: Client, waiting: str, prefix: str, headers: dict[str, str], path: str
):
    """A page somewhere else, or on another port, must not make the browser act here."""
    await client.finish(await client.start("quick", 1, f"{prefix}quick"))
    headers = {name: value.replace("OWN", client.url) for name, value in headers.items()}

    target = path.format(waiting if "id" in path else prefix)
    response = await client.request("POST", f"{PAGES}/{target}", headers=headers)

    assert response.status == 403
    assert (await client.status(waiting))["runtimeStatus"] == "Running"
    assert (await client.status(f"{prefix}quick"))["runtimeStatus"] == "Completed"


async def test_looking_changes_nothing(client: Client, waiting: str):
    """A link must not be able to do what a form does."""
    acted = await client.request("GET", f"{PAGES}/instance/terminate?id={waiting}")

    assert acted.status == 405
    assert (await client.status(waiting))["runtimeStatus"] == "Running"


async def test_a_request_under_a_foreign_name_is_refused(client: Client):
    """Without a key, this is what keeps other sites' scripts out (DNS rebinding)."""
    response = await client.request("GET", PAGES, headers={"Host": "evil.example"})

    assert response.status == 403


async def test_only_strong_keys_open_the_pages(tmp_path: Path, session: aiohttp.ClientSession):
    """A key of a function does not open the management API, and so does not open its pages."""
    host = start_host("pages", tmp_path, "--enforce-keys")
    client = Client(host, session)

    answers = {
        key: await client.request("GET", f"{PAGES}?code={key}")
        for key in ("", HOST_KEY, MASTER_KEY, DURABLE_SYSTEM_KEY)
    }
    form = await client.request(
        "POST", f"{PAGES}/instance/purge?id=x", headers={"Origin": host.url}
    )
    style = await client.request("GET", f"{PAGES}/pages.css")

    host.kill()
    assert [answer.status for answer in answers.values()] == [401, 401, 200, 200]
    assert 'name="code"' in await answers[""].text()
    assert f"?code={MASTER_KEY}" in await answers[MASTER_KEY].text()
    assert (form.status, style.status) == (401, 200)


async def test_a_long_input_is_cut_until_all_of_it_is_asked_for(client: Client, prefix: str):
    """A page of megabytes would hide what is next to the input."""
    long = await client.start("quick", "x" * 9000, f"{prefix}long")
    await client.finish(long)

    cut = await (await client.request("GET", instance(long))).text()
    whole = await (await client.request("GET", f"{instance(long)}&all=1")).text()

    assert "more characters" in cut
    assert "x" * 5000 not in cut
    assert "x" * 9000 in whole


@pytest.fixture(scope="module")
def crowd() -> Iterator[sqlite3.Connection]:
    """A hub with 100,000 instances, one a second."""
    connection = open_task_hub(":memory:", "crowd")
    statuses = [Status.COMPLETED] * 99 + [Status.FAILED]
    connection.execute("BEGIN")
    for number in range(100_000):
        created = wire_time(datetime(2026, 1, 1, tzinfo=UTC) + timedelta(seconds=number))
        row = (f"order-{number:06}", "fulfil", "e", statuses[number % 100], "x" * 200, "y" * 200)
        connection.execute(
            "INSERT INTO instances (instance_id, name, execution_id, status, input, output,"
            " created, updated) VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
            (*row, created, created),
        )
    connection.execute("COMMIT")
    yield connection
    connection.close()


def page(
    crowd: sqlite3.Connection, wanted: InstanceFilter, beyond: Place | None = None
) -> list[Instance]:
    """Three instances, newest first."""
    return queries.by_creation(crowd, wanted, beyond=beyond, newest_first=True, top=3)


def test_pages_of_a_crowd_come_at_once(crowd: sqlite3.Connection):
    """Far longer than it takes, and far shorter than reading every row does."""
    rare = InstanceFilter(statuses=frozenset({Status.FAILED}), id_prefix="order-0000")
    begin = time.perf_counter()

    newest = page(crowd, InstanceFilter())
    middle = page(crowd, InstanceFilter(), Place(newest[0].created, "order-050000"))
    oldest_failures = page(crowd, rare)
    counts = queries.count_by_name_and_status(crowd, InstanceFilter())

    assert time.perf_counter() - begin < 2
    assert [one.instance_id for one in newest] == ["order-099999", "order-099998", "order-099997"]
    assert middle[0].instance_id == "order-099998"
    assert [one.instance_id for one in oldest_failures] == ["order-000099"]
    assert counts == {("fulfil", Status.COMPLETED): 99_000, ("fulfil", Status.FAILED): 1_000}


def test_pages_and_counts_never_read_whole_rows(crowd: sqlite3.Connection):
    """Rows are as wide as inputs and outputs, so the index has to hold what is asked for."""
    plans: list[str] = []

    def explained(statement: str) -> None:
        rows = [*crowd.execute(f"EXPLAIN QUERY PLAN {statement}")]
        plans.extend(row["detail"] for row in rows if "instances" in row["detail"])

    statements: list[str] = []
    crowd.set_trace_callback(statements.append)
    page(crowd, InstanceFilter(name="fulfil", id_prefix="order-"))
    queries.count_by_name_and_status(crowd, InstanceFilter(name="fulfil"))
    crowd.set_trace_callback(None)
    for statement in statements:
        explained(statement)

    whole = [plan for plan in plans if plan.startswith("SCAN") and "COVERING" not in plan]
    assert len(plans) >= 3
    assert not whole
