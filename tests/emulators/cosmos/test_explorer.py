"""The data explorer, in a real browser and at its door."""

from collections.abc import Iterator
from typing import Any

import aiohttp
import pytest
from azure.cosmos import CosmosClient, PartitionKey
from selenium.webdriver import Chrome, Keys
from selenium.webdriver.common.by import By

from emulators.browsers import is_loopback
from emulators.cosmos.auth import EMULATOR_KEY
from tests.emulators.browser import follow, found
from tests.emulators.cosmos.raw import RawClient
from tests.emulators.cosmos.server import EmulatorProcess

# In a browser.
pytestmark = pytest.mark.slow

HOSTILE = "<img src=x onerror=document.title='owned'>"


@pytest.fixture(scope="module")
def shop(emulator: EmulatorProcess) -> Iterator[EmulatorProcess]:
    """An account with sixty products and one hostile item."""
    with CosmosClient(emulator.url, EMULATOR_KEY) as client:
        database = client.create_database("shop & co")
        products = database.create_container("products", PartitionKey("/kind"))
        for number in range(60):
            products.create_item({"id": f"mug-{number:02}", "kind": "mug", "price": number})
        hostile = database.create_container("hostile", PartitionKey("/pk"))
        hostile.create_item({"id": HOSTILE, "pk": '"><b>', "text": HOSTILE})
        wide = database.create_container("wide", PartitionKey("/pk"), offer_throughput=30_000)
        for number in range(9):
            wide.create_item({"id": f"{number}", "pk": f"{number}", "n": -number})
        yield emulator
        client.delete_database(database)


@pytest.fixture
def page(browser: Chrome, shop: EmulatorProcess) -> Chrome:
    """The browser, at the list of databases."""
    browser.get(f"{shop.url}/_explorer")
    return browser


def open_link(page: Chrome, text: str) -> None:
    """Follow the link whose text begins so."""
    follow(page, page.find_element(By.PARTIAL_LINK_TEXT, text))


def summaries(page: Chrome) -> list[str]:
    """The headings of the rows on the page."""
    return [row.text for row in page.find_elements(By.CSS_SELECTOR, "details.row summary")]


def ask(page: Chrome, query: str, key: str = "") -> None:
    """Fill in the form and send it."""
    for name, text in (("query", query), ("pk", key)):
        field = page.find_element(By.ID, name)
        field.clear()
        field.send_keys(text)
    follow(page, found(page, "form button"))


def test_items_can_be_reached_by_following_links(page: Chrome):
    """From the account to one item, over two pages, with no other address than the first."""
    open_link(page, "products")
    first = summaries(page)
    open_link(page, "Next page")
    second = summaries(page)
    found(page, "details.row summary").click()
    open_link(page, "Open mug-25")

    assert (len(first), first[0]) == (25, 'mug-00 ["mug"]')
    assert second[0] == 'mug-25 ["mug"]'
    assert '"price": 25' in found(page, "pre").text
    assert found(page, "#cost").text == "1.00 RU"


def test_a_query_shows_its_rows_and_its_charge(page: Chrome):
    """The reason to open the page at all."""
    open_link(page, "products")

    ask(page, "SELECT VALUE c.price FROM c WHERE c.price < 3 ORDER BY c.price DESC", '"mug"')

    rows = [row.text for row in page.find_elements(By.CSS_SELECTOR, "details.row pre")]
    charge = float(found(page, "#cost").text.removesuffix(" RU").rpartition(" ")[2])
    assert rows == ["2", "1", "0"]
    assert charge > 2
    assert page.find_element(By.ID, "pk").get_attribute("value") == '"mug"'


def test_a_container_of_several_ranges_is_shown_as_one(page: Chrome):
    """A browser merges nothing, and must not be told to."""
    open_link(page, "wide")
    listed = summaries(page)
    ask(page, "SELECT * FROM c ORDER BY c.n")

    assert len(listed) == 9
    assert summaries(page)[0].startswith("8")


def test_a_wrong_query_says_where(page: Chrome):
    """The query stays in its field, to be put right."""
    open_link(page, "products")

    ask(page, "SELECT * FORM c")

    problem = found(page, "[role=alert]").text
    assert "400 BadRequest" in problem
    assert "near 'FORM' at position 9" in problem
    assert page.find_element(By.ID, "query").get_attribute("value") == "SELECT * FORM c"


def test_a_query_can_be_run_without_a_mouse(page: Chrome):
    """Tab and Enter reach and do everything."""
    follow(page, page.find_element(By.LINK_TEXT, "products"), Keys.ENTER)

    found(page, "#query").send_keys("SELECT VALUE 42", Keys.TAB, Keys.TAB)
    follow(page, page.switch_to.active_element, Keys.ENTER)

    assert found(page, "details.row pre").text == "42"


def test_what_is_stored_never_becomes_markup(page: Chrome):
    """A record of somebody else's must not run in a developer's browser."""
    open_link(page, "hostile")
    found(page, "details.row summary").click()
    open_link(page, "Open")

    assert found(page, "h1").text == HOSTILE
    assert page.title == f"{HOSTILE} · Cosmos explorer"
    assert page.execute_script("return document.querySelectorAll('img, b').length") == 0


def test_the_page_asks_nobody_else_for_anything(page: Chrome, shop: EmulatorProcess):
    """It works on a machine without a network."""
    script = "return performance.getEntriesByType('resource').map(entry => entry.name)"

    resources: list[Any] = page.execute_script(script)

    assert resources == [f"{shop.url}/_explorer/explorer.css"]


async def test_a_request_under_a_foreign_name_is_refused(emulator: EmulatorProcess):
    """Without a key, this is what keeps other sites' scripts out (DNS rebinding)."""
    async with (
        aiohttp.ClientSession(emulator.url) as session,
        session.get("/_explorer", headers={"Host": "evil.example:8081"}) as response,
    ):
        assert response.status == 403


@pytest.mark.parametrize(
    ("host", "loopback"),
    [
        ("localhost:8081", True),
        ("127.0.0.1", True),
        ("[::1]:8081", True),
        ("localhost.evil.example", False),
        ("192.168.0.1:8081", False),
        ("127.0.0.1@evil.example", False),
        ("[::1", False),
        ("", False),
    ],
)
def test_only_names_of_this_machine_are_loopback(host: str, loopback: bool):
    """A name that merely begins like one of ours is somebody else's."""
    assert is_loopback(host) is loopback


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/_explorer/dbs/none/colls/none", 404),
        ("/_explorer/dbs/none/colls/none/item?id=a&pk=%5B1%5D", 404),
        ("/_explorer/dbs/shop%20%26%20co/colls/products/item?id=none&pk=%5B1%5D", 404),
        ("/_explorer/dbs/shop%20%26%20co/colls/products/item?id=none&pk=x", 400),
        ("/_explorer/dbs/shop%20%26%20co/colls/products?pk=mug", 400),
        ("/_explorer/dbs/shop%20%26%20co/colls/products?after=x", 400),
    ],
)
async def test_a_wrong_address_is_answered_with_a_page(
    shop: EmulatorProcess, raw: RawClient, path: str, status: int
):
    """Never a stack trace, and never the JSON of the service."""
    async with raw.session.get(path) as response:
        text = await response.text()

    assert response.status == status
    assert 'role="alert"' in text
