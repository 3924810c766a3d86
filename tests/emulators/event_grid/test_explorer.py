"""The pages, in a real browser and at their door."""

import json

import aiohttp
import pytest
from azure.core.credentials import AzureKeyCredential
from azure.eventgrid import EventGridPublisherClient
from selenium.webdriver import Chrome
from selenium.webdriver.common.by import By

from emulators.event_grid.config import DEFAULT_KEY
from emulators.event_grid.explorer.pages import address
from tests.emulators.browser import follow, found
from tests.emulators.event_grid.conftest import CLOUD_EVENTS, Grid, event, topic
from tests.emulators.processes import EmulatorProcess, free_port

HOSTILE = "<img src=x onerror=document.title='owned'>"


@pytest.fixture(scope="module")
def emulator(tmp_path_factory):
    """An emulator whose endpoint is not there, and one that never agrees."""
    folder = tmp_path_factory.mktemp("grid")
    nobody = f"http://127.0.0.1:{free_port()}/hook?functionName=intake&code=s3cret"
    orders = topic(
        {"name": "intake", "endpoint": nobody, "filter": {"subjectBeginsWith": "orders/"}},
        {"name": "audit", "endpoint": nobody},
    )
    config = folder / "events.json"
    topics = {"topics": [orders, topic(name="stock", inputSchema=CLOUD_EVENTS)]}
    config.write_text(json.dumps(topics), encoding="utf-8")
    with EmulatorProcess("event_grid", folder, "--config", str(config)) as emulator:
        endpoint = f"{emulator.url}/orders/api/events"
        with EventGridPublisherClient(endpoint, AzureKeyCredential(DEFAULT_KEY)) as client:
            client.send([event(HOSTILE, "elsewhere", data=HOSTILE)])
            client.send([event(f"order-{number}") for number in range(60)])
        yield emulator


def numbers(page: Chrome) -> dict[str, str]:
    """The strip of numbers: what, and how many."""
    items = page.find_elements(By.CSS_SELECTOR, ".counts li")
    return {text: count for count, text in (one.text.split(maxsplit=1) for one in items)}


def test_the_first_page_shows_who_waits_for_what(browser: Chrome, emulator):
    """At the address that is printed at the start."""
    browser.get(emulator.url)

    rows = [row.text.split() for row in browser.find_elements(By.CSS_SELECTOR, "tbody tr")]
    assert browser.title == "Topics · Event Grid"
    assert numbers(browser)["queued"] == "121"
    assert [(row[0], row[1]) for row in rows] == [("intake", "Pending"), ("audit", "Pending")]
    assert "Nobody has subscribed" in found(browser, "[aria-labelledby=topic-stock]").text
    assert f"{emulator.url}/orders/api/events" in found(browser, "main").text


def test_a_queue_can_be_reached_and_read(browser: Chrome, emulator):
    """Which events wait, for what, and what is in them."""
    browser.get(emulator.url)

    follow(browser, browser.find_element(By.LINK_TEXT, "intake"))
    found(browser, "td summary").click()

    assert "the first 50 of 60" in found(browser, "#queue").text
    assert '"sku": "MUG"' in found(browser, "td pre").text
    assert "SocketError" in found(browser, ".waits").text
    assert "subjectBeginsWith" in found(browser, "dl").text


@pytest.mark.parametrize("path", ["/", "/_explorer/orders/intake"])
def test_pages_fit_a_narrow_window(browser: Chrome, emulator, path):
    """Beside an editor there is not much room, and nobody scrolls sideways."""
    narrow = {"width": 400, "height": 800, "deviceScaleFactor": 1, "mobile": False}
    browser.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", narrow)

    browser.get(emulator.url + path)
    width = browser.execute_script("return document.documentElement.scrollWidth")

    browser.execute_cdp_cmd("Emulation.clearDeviceMetricsOverride", {})
    assert width <= 400


def test_keys_of_endpoints_are_not_shown(browser: Chrome, emulator):
    """A page may end in a screenshot."""
    browser.get(f"{emulator.url}/_explorer/orders/intake")

    assert "functionName=intake&code=…" in found(browser, "dl").text
    assert "s3cret" not in browser.page_source


def test_what_is_published_never_becomes_markup(browser: Chrome, emulator):
    """A record of somebody else's must not run in a developer's browser."""
    browser.get(f"{emulator.url}/_explorer/orders/audit")
    found(browser, "td summary").click()

    assert found(browser, "td summary").text == HOSTILE
    assert HOSTILE in found(browser, "td pre").text
    assert browser.title == "audit · Event Grid"
    assert browser.execute_script("return document.querySelectorAll('img').length") == 0


async def test_failures_are_shown_with_their_reason(browser: Chrome, start, hook):
    """Rejected by whom, and why; and what was lost for good."""
    grid = await start(topic({"name": "intake", "endpoint": hook.url}))
    hook.always = 400
    await grid.publish(event(HOSTILE))
    await grid.settle("orders/intake", dropped=1)

    async with grid.session.get(f"{grid.url}/_explorer/orders/intake") as answer:
        html = await answer.text()

    assert "BadRequest 400" in html
    assert "UndeliverableDueToHttpResponse" in html
    assert "<img" not in html


@pytest.mark.parametrize("path", ["/", "/_explorer", "/_explorer/orders/intake"])
async def test_only_this_machine_is_shown_anything(emulator, path):
    """Another site's name may point here."""
    async with (
        aiohttp.ClientSession() as session,
        session.get(emulator.url + path, headers={"Host": "evil.example"}) as answer,
    ):
        assert answer.status == 403


async def test_an_unknown_subscription_is_named(emulator):
    """And escaped."""
    async with aiohttp.ClientSession() as session:
        grid = Grid(emulator.url, session)
        async with grid.session.get(f"{grid.url}/_explorer/orders/%3Cb%3E") as answer:
            assert answer.status == 404
            assert "orders/&lt;b&gt;" in await answer.text()


@pytest.mark.parametrize(
    ("endpoint", "shown"),
    [
        ("https://x/hook", "https://x/hook"),
        ("https://x/hook?code=abc%3D%3D", "https://x/hook?code=…"),
        ("https://name:secret@x/hook", "https://x/hook"),
        ("https://x/a?functionName=f&sig=1", "https://x/a?functionName=f&sig=…"),
    ],
)
def test_an_endpoint_is_shown_without_its_keys(endpoint, shown):
    """Whatever they are called."""
    assert address(endpoint) == shown
