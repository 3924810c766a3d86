"""The pages of instances and entities, in a real browser and at their door."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import aiohttp
import pytest
from selenium.webdriver import Chrome
from selenium.webdriver.common.by import By
from selenium.webdriver.support.wait import WebDriverWait

from emulators.functions_host.keys import DURABLE_SYSTEM_KEY
from tests.emulators.browser import follow, found
from tests.emulators.functions_host.harness import (
    WEBHOOK,
    Client,
    Gate,
    HostProcess,
    start_host,
)

# In a browser.
pytestmark = pytest.mark.slow

PAGES = "/runtime/durable"
HOSTILE = "<img src=x onerror=document.title='owned'>"


@pytest.fixture(scope="module")
def pages_host(tmp_path_factory: pytest.TempPathFactory) -> Iterator[HostProcess]:
    """One host for all tests."""
    host = start_host("pages", tmp_path_factory.mktemp("pages"))
    yield host
    host.kill()


@pytest.fixture
def client(pages_host: HostProcess, session: aiohttp.ClientSession) -> Client:
    """Requests to it."""
    return Client(pages_host, session)


def entity_page(name: str, key: str) -> str:
    """The address of an entity."""
    return f"{PAGES}/entity?{urlencode({'name': name, 'key': key})}"


async def signal(client: Client, name: str, key: str, operation: str, input_: Any) -> None:
    """Send an operation, as the SDK's client does."""
    path = f"{WEBHOOK}/entities/{name}/{key}?op={operation}"
    response = await client.request("POST", path, json=json.dumps(input_))
    assert response.status == 202


async def wait_for_state(client: Client, name: str, key: str, state: Any) -> None:
    """Return once the entity has *state*."""

    async def happened() -> bool:
        response = await client.request("GET", f"{WEBHOOK}/entities/{name}/{key}")
        return response.status == 200 and await response.json() == state

    await client.wait_until(happened)


def reload_until(browser: Chrome, text: str) -> None:
    """Reload until the card of the state has *text* in it."""

    def happened(page: Chrome) -> bool:
        page.refresh()
        return text in found(page, "section[aria-labelledby=state]").text

    WebDriverWait(browser, 10).until(happened)


def test_an_entity_can_be_signalled_and_deleted(browser: Chrome, pages_host: HostProcess):
    """What is typed as JSON is what the Python function gets, whatever it travels as."""
    browser.get(pages_host.url + entity_page("Counter", "mine"))

    found(browser, "summary").click()
    found(browser, "#operation").send_keys("add")
    found(browser, "#input").send_keys("5")
    follow(browser, found(browser, "form[action*=signal] button"))
    said = found(browser, "[role=status]").text
    reload_until(browser, "5")
    browser.find_element(By.XPATH, "//summary[text()='Delete…']").click()
    follow(browser, found(browser, "form[action*=delete] button"))
    reload_until(browser, "does not exist now")

    assert said.startswith("The operation was sent.")


def test_a_wrong_input_stays_in_its_field(browser: Chrome, pages_host: HostProcess):
    """It can be put right, and nothing was sent."""
    browser.get(pages_host.url + entity_page("Counter", "untouched"))

    found(browser, "summary").click()
    found(browser, "#operation").send_keys("add")
    found(browser, "#input").send_keys("five")
    follow(browser, found(browser, "form[action*=signal] button"))

    assert "The input is not JSON" in found(browser, "[role=alert]").text
    assert found(browser, "#input").get_attribute("value") == "five"
    assert "does not exist now" in found(browser, "main").text


async def test_entities_are_found_by_name_and_key(
    browser: Chrome, pages_host: HostProcess, client: Client
):
    """Page by page, with no other address than the first."""
    for number in range(60):
        await signal(client, "notes", f"page-{number:02}", "write", number)
    await wait_for_state(client, "notes", "page-59", 59)
    browser.get(f"{pages_host.url}{PAGES}")

    follow(browser, browser.find_element(By.LINK_TEXT, "Entities"))
    follow(browser, browser.find_element(By.PARTIAL_LINK_TEXT, "notes"))
    found(browser, "#prefix").send_keys("page-")
    follow(browser, found(browser, "form button"))
    shown = found(browser, "#shown").text
    follow(browser, found(browser, "[rel=next]"))
    keys = [one.text for one in browser.find_elements(By.CSS_SELECTOR, "td.id")]
    follow(browser, found(browser, "[rel=prev]"))
    first = found(browser, "td.id").text
    follow(browser, browser.find_element(By.LINK_TEXT, "page-07"))

    assert shown == "50 of 60"
    assert keys == [f"page-{number}" for number in range(50, 60)]
    assert first == "page-00"
    assert found(browser, "section[aria-labelledby=state] pre").text == "7"


async def test_operations_that_wait_are_shown(
    browser: Chrome, pages_host: HostProcess, client: Client, gate: Gate
):
    """An entity that does not exist yet may be what one looks for: its first operation hangs."""
    await signal(client, "notes", "held", "write", {"gate": str(gate)})
    await signal(client, "notes", "held", "later", 1)

    browser.get(f"{pages_host.url}{PAGES}/entities?prefix=held")
    row = [one.text for one in browser.find_elements(By.CSS_SELECTOR, "tbody td")]
    follow(browser, browser.find_element(By.LINK_TEXT, "held"))
    waiting = found(browser, ".waits").text

    assert row == ["held", "notes", "does not exist yet", "", "2"]
    assert "write signal" in waiting
    assert "later signal a client 1" in waiting


async def test_an_instance_shows_what_it_asked_of_entities(
    browser: Chrome, pages_host: HostProcess, client: Client
):
    """Operation, outcome, and the way to the entity."""
    instance_id = await client.start("call_and_signal")
    await client.finish(instance_id)

    browser.get(f"{pages_host.url}{PAGES}/instance?id={instance_id}")
    heads = [one.text for one in browser.find_elements(By.CSS_SELECTOR, ".timeline tbody th")]
    outcomes = [one.text for one in browser.find_elements(By.CSS_SELECTOR, ".timeline .outcome")]
    follow(browser, browser.find_element(By.PARTIAL_LINK_TEXT, "counter@"))

    assert heads == ["add entity call", "add entity signal", "fail entity call"]
    assert outcomes == [
        f"counter@{instance_id} 5",
        f"to counter@{instance_id} 1",
        f"failed counter@{instance_id} this counter cannot do that",
    ]
    assert found(browser, "h1").text == f"counter@{instance_id}"


async def test_a_running_instance_has_a_page(
    browser: Chrome, pages_host: HostProcess, client: Client
):
    """With what it waits for, and a form that sends just that."""
    instance_id = await client.start("everything", f"{client.url}/_emulator/health")

    async def waits() -> bool:
        status = await client.status(instance_id)
        return bool(status["customStatus"] == "waits for approval")

    await client.wait_until(waits)

    browser.get(f"{pages_host.url}{PAGES}/instance?id={instance_id}")
    hint = found(browser, ".waits li").text
    found(browser, "summary").click()
    follow(browser, found(browser, "form[action*=raise-event] button"))
    status = await client.finish(instance_id)
    browser.get(f"{pages_host.url}{PAGES}/instance?id={instance_id}")

    assert hint == "the external event approval"
    assert status["customStatus"] == "the counter refused"
    assert f"GET 127.0.0.1:{pages_host.port} HTTP call" in found(browser, ".timeline").text


async def test_keys_and_states_never_become_markup(
    browser: Chrome, pages_host: HostProcess, client: Client
):
    """What others store must not run in a developer's browser."""
    await client.request(
        "POST",
        entity_page("notes", HOSTILE).replace("/entity?", "/entity/signal?"),
        data={"operation": HOSTILE, "input": json.dumps(HOSTILE)},
        headers={"Origin": client.url},
    )

    browser.get(pages_host.url + entity_page("notes", HOSTILE))
    reload_until(browser, HOSTILE)
    images = len(browser.find_elements(By.CSS_SELECTOR, "img"))
    browser.get(f"{pages_host.url}{PAGES}/entities?name=notes&prefix=%3C")

    assert (images, found(browser, "td.id").text) == (0, HOSTILE)
    assert not browser.find_elements(By.CSS_SELECTOR, "img")


@pytest.mark.parametrize("origin", ["http://evil.example", "null", None])
async def test_forms_of_other_sites_reach_no_entity(client: Client, origin: str | None):
    """A page somewhere else must not make the browser change state here."""
    path = f"{PAGES}/entity/signal?name=counter&key=foreign"
    headers = {"Origin": origin} if origin else {}

    response = await client.request(
        "POST", path, data={"operation": "add", "input": "1"}, headers=headers
    )

    assert response.status == 403
    state = await client.request("GET", f"{WEBHOOK}/entities/counter/foreign")
    assert state.status == 404


@pytest.mark.parametrize("path", ["/entities", "/entity?name=counter&key=a"])
async def test_entities_are_shown_on_this_machine_only(client: Client, path: str):
    """Without a key, this is what keeps other sites' scripts out (DNS rebinding)."""
    response = await client.request("GET", PAGES + path, headers={"Host": "evil.example"})

    assert response.status == 403


async def test_an_entity_without_a_function_is_not_found(client: Client):
    """Any key of a known function may be signalled, nothing of an unknown one."""
    unknown = await client.request("GET", entity_page("nobody", "a"))
    known = await client.request("GET", entity_page("counter", "not yet"))

    assert (unknown.status, known.status) == (404, 200)
    assert "There is no such entity." in await unknown.text()
    assert "default-src 'none'" in known.headers["Content-Security-Policy"]


async def test_a_key_opens_the_entities_and_stays_in_their_links(
    tmp_path: Path, session: aiohttp.ClientSession
):
    """A host that enforces keys is as closed to these pages as to the management API."""
    host = start_host("pages", tmp_path, "--enforce-keys")
    client = Client(host, session)

    closed = await client.request("GET", f"{PAGES}/entities")
    opened = await client.request("GET", f"{PAGES}/entities?code={DURABLE_SYSTEM_KEY}")

    host.kill()
    assert (closed.status, opened.status) == (401, 200)
    assert f'href="{PAGES}/entities?code={DURABLE_SYSTEM_KEY}"' in await opened.text()
    assert f"?op=OPERATION&amp;code={DURABLE_SYSTEM_KEY}" in await opened.text()
