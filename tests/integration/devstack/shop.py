"""A shop in memory that answers like the app, as slow, shaky or dishonest as a test wants it."""

from dataclasses import dataclass, field
from typing import Any

from aiohttp import web

from devstack.catalogue import DECLINED_CARD


@dataclass
class Shop:
    """Orders are settled the second time they are looked at."""

    refuse_first_attempts: bool = False
    cut_first_attempts: bool = False
    """The order is taken, then the connection is cut without an answer."""
    never_settle: bool = False
    forget_a_reservation: bool = False
    problem: str = ""
    status_of_problem: int = 422

    products: dict[str, dict[str, Any]] = field(default_factory=dict)
    orders: dict[str, dict[str, Any]] = field(default_factory=dict)
    attempts: dict[str, int] = field(default_factory=dict)
    not_modified: int = 0

    def app(self) -> web.Application:
        """The shop as a web application."""
        app = web.Application()
        app.add_routes(
            [
                web.get("/api/health", self._health),
                web.post("/api/products/import", self._import),
                web.get("/api/products/{sku}", self._product),
                web.post("/api/orders", self._submit),
                web.get("/api/orders/{id}", self._order),
            ]
        )
        return app

    async def _health(self, _: web.Request) -> web.Response:
        return web.json_response({"status": "ok"})

    async def _import(self, request: web.Request) -> web.Response:
        for product in (await request.json())["products"]:
            reserved = self.products.get(product["sku"], {"reserved": 0})["reserved"]
            self.products[product["sku"]] = product | {"reserved": reserved}
        return web.json_response({})

    async def _product(self, request: web.Request) -> web.Response:
        product = self.products.get(request.match_info["sku"])
        return web.json_response(product) if product else web.json_response({}, status=404)

    async def _submit(self, request: web.Request) -> web.Response:
        key = request.headers["Idempotency-Key"]
        first = self.attempts.setdefault(key, 0) == 0
        self.attempts[key] += 1
        if self.problem:
            return web.json_response(
                {"type": f"urn:problem-type:orders:{self.problem}"}, status=self.status_of_problem
            )
        if first and self.refuse_first_attempts:
            return web.json_response({}, status=503, headers={"Retry-After": "0"})
        replayed = key in self.orders
        body = await request.json()
        order = self.orders.setdefault(key, {"id": key, "status": "Pending", "body": body})
        if first and self.cut_first_attempts and request.transport:
            request.transport.abort()
        headers = {"Idempotent-Replayed": "true"} if replayed else {}
        return web.json_response(
            {"id": key, "status": order["status"]}, status=202, headers=headers
        )

    async def _order(self, request: web.Request) -> web.Response:
        order = self.orders[request.match_info["id"]]
        etag = f'"{order["status"]}"'
        if "If-None-Match" in request.headers and not self.never_settle:
            self._settle(order)
        if request.headers.get("If-None-Match") == f'"{order["status"]}"':
            self.not_modified += 1
            return web.Response(status=304)
        shown = {name: value for name, value in order.items() if name != "body"}
        return web.json_response(shown, headers={"ETag": etag})

    def _settle(self, order: dict[str, Any]) -> None:
        if order["status"] != "Pending":
            return
        if order["body"]["paymentMethod"] == DECLINED_CARD:
            order.update(status="Rejected", reason="payment-declined")
            return
        order["status"] = "Confirmed"
        for line in order["body"]["lines"]:
            self.products[line["sku"]]["reserved"] += line["quantity"]
        if self.forget_a_reservation:
            self.products[order["body"]["lines"][0]["sku"]]["reserved"] -= 1
