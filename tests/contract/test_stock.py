"""What the use cases rely on at stock and catalogue, held by the fake and by Cosmos DB."""

import asyncio
from types import SimpleNamespace
from typing import Any
from uuid import uuid4

import pytest

from shared.adapters.cosmos_catalogue import CosmosCatalogue
from shared.adapters.cosmos_stock import CosmosStock
from shared.domain.errors import (
    OutOfStock,
    ProductNotFound,
    ReservationReleased,
    StockBelowReserved,
)
from shared.domain.money import Money
from shared.domain.stock import Product
from tests.fakes import InMemoryStock


@pytest.fixture(params=["fake", "cosmos"])
def shop(request) -> Any:
    """Stock and catalogue over the same data, in each implementation in turn."""
    if request.param == "fake":
        both = InMemoryStock()
        return SimpleNamespace(stock=both, catalogue=both)
    container = request.getfixturevalue("database").get_container_client("stock")
    catalogue = CosmosCatalogue(container, cache_seconds=60, concurrency=8)
    return SimpleNamespace(stock=CosmosStock(container), catalogue=catalogue)


@pytest.fixture
async def sku(shop) -> str:
    """A product of which ten are on hand."""
    product = Product(f"SKU-{uuid4()}", "Blue mug", Money(250, "GBP"))
    assert await shop.catalogue.put(product, 10)
    return product.sku


async def levels(shop: Any, sku: str) -> tuple[int, int]:
    """On hand and reserved."""
    item = await shop.catalogue.item(sku)
    return item.on_hand, item.reserved


async def test_reserving_twice_for_one_order_holds_once(shop, sku):
    """An activity may run again after a lost acknowledgement."""
    await shop.stock.reserve("order-1", sku, 4)
    await shop.stock.reserve("order-1", sku, 4)

    assert await levels(shop, sku) == (10, 4)


async def test_the_last_unit_can_be_reserved_and_no_more(shop, sku):
    """Reserved never exceeds on hand."""
    await shop.stock.reserve("order-1", sku, 10)

    with pytest.raises(OutOfStock):
        await shop.stock.reserve("order-2", sku, 1)

    assert await levels(shop, sku) == (10, 10)


async def test_a_rush_on_a_hot_sku_sells_exactly_what_is_there(shop, sku):
    """Everybody wants the same product: nobody is told yes who cannot have it."""
    results = await asyncio.gather(
        *(shop.stock.reserve(f"order-{n}", sku, 3) for n in range(20)), return_exceptions=True
    )

    assert sum(result is None for result in results) == 3
    assert sum(isinstance(result, OutOfStock) for result in results) == 17
    assert await levels(shop, sku) == (10, 9)


async def test_releasing_gives_back_what_was_held_once(shop, sku):
    """A repeated undo must not conjure up stock."""
    await shop.stock.reserve("order-1", sku, 4)

    await shop.stock.release("order-1", sku, 4)
    await shop.stock.release("order-1", sku, 4)

    assert await levels(shop, sku) == (10, 0)


@pytest.mark.parametrize("was_reserved", [True, False])
async def test_a_reservation_that_comes_after_its_release_holds_nothing(shop, sku, was_reserved):
    """A stuck worker may come back when its order is long rejected."""
    if was_reserved:
        await shop.stock.reserve("order-1", sku, 4)
    await shop.stock.release("order-1", sku, 4)

    with pytest.raises(ReservationReleased):
        await shop.stock.reserve("order-1", sku, 4)

    assert await levels(shop, sku) == (10, 0)


async def test_a_product_that_is_not_there_is_out_of_stock(shop):
    """It was deleted after it was ordered."""
    with pytest.raises(OutOfStock):
        await shop.stock.reserve("order-1", f"GONE-{uuid4()}", 1)


async def test_a_stock_take_leaves_reservations_alone(shop, sku):
    """Setting the on-hand count must not sell anything twice."""
    await shop.stock.reserve("order-1", sku, 4)

    created = await shop.catalogue.put(Product(sku, "Red mug", Money(300, "GBP")), 7)

    assert not created
    assert await levels(shop, sku) == (7, 4)
    assert (await shop.catalogue.item(sku)).product.name == "Red mug"


async def test_a_stock_take_below_what_is_promised_is_refused(shop, sku):
    """sum(reservations) == reserved <= on hand, always."""
    await shop.stock.reserve("order-1", sku, 4)

    with pytest.raises(StockBelowReserved):
        await shop.catalogue.put(Product(sku, "Blue mug", Money(250, "GBP")), 3)

    assert await levels(shop, sku) == (10, 4)


async def test_the_catalogue_tells_known_products_from_unknown_ones(shop, sku):
    """Intake names every unknown SKU of an order at once."""
    found = await shop.catalogue.products([sku, "NO-SUCH"])

    assert set(found) == {sku}
    assert found[sku].price == Money(250, "GBP")


async def test_an_unknown_product_is_not_found(shop):
    """Not an empty one."""
    with pytest.raises(ProductNotFound):
        await shop.catalogue.item("NO-SUCH")


async def test_a_new_price_is_seen_at_once_where_it_was_set(shop, sku):
    """The cache of intake must not sell at a price that this worker itself has just changed."""
    await shop.catalogue.products([sku])
    await shop.catalogue.put(Product(sku, "Blue mug", Money(999, "GBP")), 10)

    found = await shop.catalogue.products([sku])

    assert found[sku].price == Money(999, "GBP")


async def test_adjusting_adds_up_and_counts_each_key_once(shop, sku):
    """An event that comes again is no second delivery of goods."""
    assert await shop.stock.adjust(sku, {"e-1": 5, "e-2": -3}) == set()

    assert await shop.stock.adjust(sku, {"e-2": -3, "e-3": 1}) == {"e-2"}
    assert await levels(shop, sku) == (13, 0)


async def test_adjusting_again_with_nothing_new_changes_nothing(shop, sku):
    """A whole delivery comes again when its acknowledgement was lost."""
    await shop.stock.adjust(sku, {"e-1": 5})

    assert await shop.stock.adjust(sku, {"e-1": 5}) == {"e-1"}
    assert await levels(shop, sku) == (15, 0)


async def test_adjusting_below_what_orders_hold_is_refused_as_a_whole(shop, sku):
    """Reserved units are sold; a refused batch leaves no record of its events behind."""
    await shop.stock.reserve("order-1", sku, 8)

    with pytest.raises(StockBelowReserved):
        await shop.stock.adjust(sku, {"e-1": -2, "e-2": -1})

    assert await shop.stock.adjust(sku, {"e-1": -2}) == set()
    assert await levels(shop, sku) == (8, 8)


async def test_adjusting_what_is_not_in_the_catalogue_is_refused(shop):
    """Stock without a product has no price."""
    with pytest.raises(ProductNotFound):
        await shop.stock.adjust(f"SKU-{uuid4()}", {"e-1": 1})


async def test_adjustments_of_the_same_events_at_once_count_once(shop, sku):
    """Two workers may hold the same delivery."""
    answers = await asyncio.gather(
        *(shop.stock.adjust(sku, {"e-1": 5, f"own-{n}": 1}) for n in range(8)),
        return_exceptions=True,
    )

    assert not [answer for answer in answers if isinstance(answer, BaseException)]
    assert await levels(shop, sku) == (23, 0)


async def test_committed_units_leave_the_shelf_once(shop, sku):
    """The goods are on a truck: neither a repeat nor a late undo may change the level again."""
    await shop.stock.reserve("order-1", sku, 4)

    await shop.stock.commit("order-1", sku, 4)
    await shop.stock.commit("order-1", sku, 4)
    await shop.stock.release("order-1", sku, 4)
    await shop.stock.reserve("order-1", sku, 4)

    assert await levels(shop, sku) == (6, 0)


async def test_what_was_given_back_cannot_be_committed(shop, sku):
    """Its units may be somebody else's by now."""
    await shop.stock.reserve("order-1", sku, 4)
    await shop.stock.release("order-1", sku, 4)

    with pytest.raises(ReservationReleased):
        await shop.stock.commit("order-1", sku, 4)

    assert await levels(shop, sku) == (10, 0)


async def test_what_was_never_held_cannot_be_committed(shop, sku):
    """A shipment of an order that holds nothing takes nothing from others."""
    with pytest.raises(ReservationReleased):
        await shop.stock.commit("order-1", sku, 4)

    assert await levels(shop, sku) == (10, 0)
