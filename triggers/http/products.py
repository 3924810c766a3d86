"""Maintaining the catalogue: for administrators, behind a function key."""

import azure.functions as func

from shared.application.bounded import for_each
from shared.application.ports import Catalogue
from shared.application.submission import ImportedProduct, ProductImport, ProductMessage
from triggers.http.answering import answering
from triggers.http.requests import MAX_IMPORT_BYTES, MAX_ORDER_BYTES, path_sku, read_body
from triggers.http.responses import answer, product_json


class ProductsApi:
    """``/products``."""

    def __init__(self, catalogue: Catalogue, concurrency: int) -> None:
        self._catalogue = catalogue
        self._concurrency = concurrency

    @answering
    async def put_product(self, req: func.HttpRequest) -> func.HttpResponse:
        """``PUT /products/{sku}``: 201 when it is new, else 200; what is reserved stays so."""
        sku = path_sku(req)
        message = read_body(req, ProductMessage, MAX_ORDER_BYTES)
        created = await self._catalogue.put(message.to_product(sku), message.on_hand)
        item = await self._catalogue.item(sku)
        return answer(product_json(item), 201 if created else 200)

    @answering
    async def get_product(self, req: func.HttpRequest) -> func.HttpResponse:
        """``GET /products/{sku}``: the product and its level, now."""
        return answer(product_json(await self._catalogue.item(path_sku(req))))

    @answering
    async def import_products(self, req: func.HttpRequest) -> func.HttpResponse:
        """``POST /products/import``: nothing is written unless every product is valid.

        Repeatable: after a failure in the middle, sending the same import again completes it.
        """
        products = read_body(req, ProductImport, MAX_IMPORT_BYTES).products
        created: list[bool] = []

        async def put(message: ImportedProduct) -> None:
            created.append(
                await self._catalogue.put(message.to_product(message.sku), message.on_hand)
            )

        await for_each(products, put, at_most=self._concurrency)
        return answer({"created": created.count(True), "updated": created.count(False)})
