"""Real orders while three of ten requests to the payment provider fail: the books still agree."""

from collections.abc import Iterator, Sequence
from typing import Any

import pytest

from devstack.catalogue import stock_shelves
from devstack.cli import SAMPLE_ORDERS
from devstack.customers import Customers, Purchase
from devstack.retail import select
from devstack.retail_file import read_rows
from devstack.storefront import Patience, Storefront
from tests.chaos.order_lives.audit import discrepancies
from tests.chaos.order_lives.books import Books
from tests.chaos.order_lives.campaign import published_faults
from tests.chaos.order_lives.reading import read_books, read_order
from tests.chaos.order_lives.world import IMPATIENT, PatientShop
from tests.shop import eventually
from tests.stacks import RunningStack

INVOICES = 200
NO_PROGRESS_SECONDS = 120

# The dice of each fault are thrown in turn: 1 - 0.94 ** 6 is 31 %.
SHARE = 0.06
# Longer than the app waits.
TOO_LATE_MS = 1_500
FAULTS: Sequence[dict[str, Any]] = [
    {"status": 500},
    {"status": 503},
    {"status": 429},
    {"drop": "before"},
    {"drop": "after"},
    {"latencyMs": TOO_LATE_MS},
]


@pytest.fixture
def stack(topic, tmp_path) -> Iterator[RunningStack]:
    """A stack of its own, which gives up on the bank after a second."""
    settings = IMPATIENT | {"EVENT_GRID_TOPIC_ENDPOINT": topic.url}
    with RunningStack(tmp_path, **settings) as stack:
        yield stack


@pytest.mark.slow
@pytest.mark.timeout(900)
async def test_real_orders_leave_no_discrepancy_when_three_of_ten_payment_requests_fail(
    stack, session, topic
):
    """Each order ends, and state, money, stock and events say the same about all of them."""
    shop = PatientShop(session, stack.urls)
    for fault in FAULTS:
        await shop.break_payments(rate=SHARE, **fault)

    purchases = await buy(shop)
    share = await share_of_failures(shop)
    await shop.no_faults("payments")
    books = await books_of(shop, purchases)

    assert share > 0.25
    faults = [*discrepancies(books), *published_faults(topic, books.orders)]
    assert not faults, "\n".join(faults)


async def buy(shop: PatientShop) -> list[Purchase]:
    """What the customers of the project's own file ask for, as far as it goes."""
    selection = select(read_rows(SAMPLE_ORDERS), limit=INVOICES)
    products = stock_shelves(selection.invoices)
    patience = Patience(NO_PROGRESS_SECONDS)
    storefront = Storefront(shop.session, shop.urls["functions"], patience)
    await storefront.import_products(products.values())
    customers = Customers(storefront, products, patience)
    purchases = await customers.buy(selection.invoices, lambda _: None)
    assert len(purchases) > 100
    assert all(purchase.final for purchase in purchases)
    return purchases


async def share_of_failures(shop: PatientShop) -> float:
    """Which part of all requests to the provider has failed."""
    async with shop.session.get(f"{shop.urls['payments']}/_emulator/faults") as response:
        faults = (await response.json())["faults"]
    fired: int = sum(fault["fired"] for fault in faults)
    return fired / int((await shop.stats("payments"))["requests"])


async def books_of(shop: PatientShop, purchases: Sequence[Purchase]) -> Books:
    """All books, once no order needs anybody's attention any more."""
    for purchase in purchases:
        if purchase.status == "NeedsAttention":
            await resume(shop, purchase.order_id)
    selection = select(read_rows(SAMPLE_ORDERS), limit=INVOICES)
    stocked = {sku: product.on_hand for sku, product in stock_shelves(selection.invoices).items()}
    return await read_books(shop, [purchase.order_id for purchase in purchases], stocked)


async def resume(shop: PatientShop, order_id: str) -> None:
    """Go on with an order, now that the provider is well."""
    await shop.ask("POST", f"/api/orders/{order_id}/resume")

    async def is_settled() -> bool:
        return bool((await read_order(shop, order_id))["status"] != "NeedsAttention")

    await eventually(is_settled)
