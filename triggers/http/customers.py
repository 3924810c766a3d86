"""Listing the orders of a customer."""

import azure.functions as func

from shared.application.ports import CustomerOrders
from triggers.http.answering import answering
from triggers.http.requests import path_customer_id, query_limit
from triggers.http.responses import answer, customer_orders_json


class CustomersApi:
    """``/customers``."""

    def __init__(self, customer_orders: CustomerOrders) -> None:
        self._customer_orders = customer_orders

    @answering
    async def list_orders(self, req: func.HttpRequest) -> func.HttpResponse:
        """``GET /customers/{customerId}/orders``: newest first, a query of one partition."""
        customer_id = path_customer_id(req)
        limit = query_limit(req)
        page = await self._customer_orders.page(customer_id, limit, req.params.get("continuation"))
        return answer(customer_orders_json(customer_id, limit, page))
