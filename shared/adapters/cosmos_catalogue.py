"""Products and prices, from the same documents as the stock level, cached for intake."""

from collections.abc import Mapping, Sequence

from azure.cosmos.aio import ContainerProxy
from azure.cosmos.exceptions import (
    CosmosAccessConditionFailedError,
    CosmosResourceExistsError,
    CosmosResourceNotFoundError,
)
from cachetools import TTLCache

from shared.adapters.cosmos_documents import STOCK_ID, Document, stock_document, stock_from
from shared.adapters.cosmos_errors import translated_errors
from shared.application.bounded import for_each
from shared.domain.errors import ProductNotFound, StockBelowReserved
from shared.domain.stock import Product, StockItem

_CACHED_PRODUCTS = 50_000


class CosmosCatalogue:
    """The ``Catalogue`` port. A changed price reaches other workers after *cache_seconds*."""

    def __init__(self, container: ContainerProxy, cache_seconds: float, concurrency: int) -> None:
        self._container = container
        self._concurrency = concurrency
        self._cache: TTLCache[str, Product] = TTLCache(_CACHED_PRODUCTS, cache_seconds)

    async def products(self, skus: Sequence[str]) -> Mapping[str, Product]:
        found = {sku: product for sku in skus if (product := self._cache.get(sku))}

        async def read(sku: str) -> None:
            try:
                found[sku] = (await self.item(sku)).product
            except ProductNotFound:
                return

        missing = [sku for sku in skus if sku not in found]
        await for_each(missing, read, at_most=self._concurrency)
        return found

    async def item(self, sku: str) -> StockItem:
        with translated_errors():
            try:
                document = await self._container.read_item(STOCK_ID, sku)
            except CosmosResourceNotFoundError as error:
                raise ProductNotFound(sku) from error
        item = stock_from(document)
        self._cache[sku] = item.product
        return item

    async def put(self, product: Product, on_hand: int) -> bool:
        with translated_errors():
            created = await self._create(product, on_hand)
            if not created:
                await self._update(product, on_hand)
        self._cache[product.sku] = product
        return created

    async def _create(self, product: Product, on_hand: int) -> bool:
        try:
            await self._container.create_item(stock_document(StockItem(product, on_hand)))
        except CosmosResourceExistsError:
            return False
        return True

    async def _update(self, product: Product, on_hand: int) -> None:
        try:
            await self._container.patch_item(
                STOCK_ID,
                product.sku,
                _changes(product, on_hand),
                filter_predicate=f"from c where c.reserved <= {on_hand}",
            )
        except CosmosAccessConditionFailedError as error:
            raise StockBelowReserved(product.sku) from error


def _changes(product: Product, on_hand: int) -> list[Document]:
    """Everything of the stock document but ``reserved``, which belongs to the orders."""
    document = stock_document(StockItem(product, on_hand))
    return [
        {"op": "set", "path": f"/{name}", "value": document[name]}
        for name in ("name", "priceMinorUnits", "currency", "onHand")
    ]
