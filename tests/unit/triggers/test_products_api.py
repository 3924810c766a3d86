"""Maintaining the catalogue over HTTP."""

import json
from typing import Any

import pytest

from tests.builders import stock_item
from tests.fakes import InMemoryStock
from tests.unit.triggers.requests import problem_of, request
from triggers.http.products import ProductsApi

PRICE = {"amount": "2.50", "currency": "GBP"}
PRODUCT = {"name": "Blue mug", "price": PRICE, "onHand": 7}


@pytest.fixture
def stock() -> InMemoryStock:
    """One product, of which four units are reserved."""
    return InMemoryStock(stock_item())


@pytest.fixture
def api(stock) -> ProductsApi:
    """The API over *stock*."""
    return ProductsApi(stock, concurrency=4)


def put(body: Any, sku: str = "CUP") -> Any:
    """A ``PUT /products/{sku}``."""
    return request("PUT", body=body, sku=sku)


async def test_creates_a_product_then_updates_it(api):
    """201 tells an administrator that the SKU was new: a typo, perhaps."""
    assert (await api.put_product(put(PRODUCT))).status_code == 201

    response = await api.put_product(put(PRODUCT | {"onHand": 9}))

    assert response.status_code == 200
    assert json.loads(response.get_body()) == {
        "sku": "CUP",
        "name": "Blue mug",
        "price": PRICE,
        "onHand": 9,
        "reserved": 0,
        "available": 9,
    }


async def test_does_not_count_below_what_orders_hold(api, stock):
    """Stock on hand that is promised away cannot vanish by a stock-take."""
    await stock.reserve("order-1", "MUG-BLUE", 8)

    response = await api.put_product(put(PRODUCT, "MUG-BLUE"))

    assert response.status_code == 409
    assert problem_of(response)["errors"][0]["field"] == "/onHand"
    assert stock.items["MUG-BLUE"].on_hand == 10


@pytest.mark.parametrize("sku", ["", "a/b", "a b", "x" * 65, "\x00"])
async def test_refuses_skus_that_are_none(api, sku):
    """What is no SKU never becomes a partition key."""
    for call in (api.get_product(request("GET", sku=sku)), api.put_product(put(PRODUCT, sku))):
        response = await call
        assert response.status_code == 400
        assert problem_of(response)["errors"][0]["in"] == "path"


async def test_an_unknown_product_is_404(api):
    """And says which."""
    response = await api.get_product(request("GET", sku="NONE"))

    assert response.status_code == 404
    assert "NONE" in problem_of(response)["detail"]


async def test_imports_many_products_at_once(api, stock):
    """Loading a catalogue product by product takes an afternoon."""
    products = [PRODUCT | {"sku": f"SKU-{n}"} for n in range(100)] + [PRODUCT | {"sku": "MUG-BLUE"}]

    response = await api.import_products(request(body={"products": products}))

    assert json.loads(response.get_body()) == {"created": 100, "updated": 1}
    assert len(stock.items) == 101


async def test_an_import_with_one_bad_product_changes_nothing(api, stock):
    """Half a catalogue is worse than none."""
    products = [PRODUCT | {"sku": "GOOD"}, PRODUCT | {"sku": "BAD", "onHand": -1}]

    response = await api.import_products(request(body={"products": products}))

    assert response.status_code == 422
    assert problem_of(response)["errors"][0]["field"] == "/products/1/onHand"
    assert "GOOD" not in stock.items
