"""A shop in memory that answers like the app, as slow, shaky or dishonest as a test wants it."""

from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from aiohttp import web

from devstack.catalogue import DECLINED_CARD
from shared.domain.identity import derive_order_id

TOPIC_KEY = "dGhlLWtleS1vZi10aGUtc2hvcA=="


def dead_letter(event_id: str, reason: str) -> dict[str, str]:
    """A letter as the app lists it."""
    unknown = dict.fromkeys(("detail", "at", "origin", "eventType", "source"), "")
    letter = {"id": f"letter-{event_id}", "state": "dead", "reason": reason, "eventId": event_id}
    return letter | unknown


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

    lose_dead_letters: bool = False
    """Of events that cannot be taken in, nothing remains."""

    products: dict[str, dict[str, Any]] = field(default_factory=dict)
    orders: dict[str, dict[str, Any]] = field(default_factory=dict)
    attempts: dict[str, int] = field(default_factory=dict)
    dead_letters: dict[str, dict[str, str]] = field(default_factory=dict)
    requests: int = 0
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
                web.get("/api/ops/dead-letters", self._dead_letters),
                web.post("/inbound/api/events", self._publish),
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
        order = self.orders.get(request.match_info["id"])
        if order is None:
            return web.json_response({}, status=404)
        etag = f'"{order["status"]}"'
        if "If-None-Match" in request.headers and not self.never_settle:
            self._settle(order)
        if request.headers.get("If-None-Match") == f'"{order["status"]}"':
            self.not_modified += 1
            return web.Response(status=304)
        shown = {name: value for name, value in order.items() if name != "body"}
        return web.json_response(shown, headers={"ETag": etag})

    async def _publish(self, request: web.Request) -> web.Response:
        """Take in events at once, as Event Grid and the app do sooner or later."""
        self.requests += 1
        if self.requests == 1 and self.refuse_first_attempts:
            return web.json_response({}, status=429)
        if request.headers["aeg-sas-key"] != TOPIC_KEY:
            return web.json_response({}, status=401)
        for event in await request.json():
            self._take_in(event)
        if self.requests == 1 and self.cut_first_attempts and request.transport:
            request.transport.abort()
        return web.Response()

    def _take_in(self, event: dict[str, Any]) -> None:
        poison = str(event["id"]).startswith("poison")
        if (poison and not self.lose_dead_letters) or self.problem:
            reason = "invalid-data" if poison else self.problem
            letter = dead_letter(event["id"], reason)
            self.dead_letters[letter["id"]] = letter
        elif not poison:
            name = derive_order_id(event["source"], event["id"])
            order = {"id": name, "status": "Pending", "body": event["data"]}
            self.orders.setdefault(name, order | {"placedAt": datetime.now(UTC).isoformat()})

    async def _dead_letters(self, request: web.Request) -> web.Response:
        """A page for each letter, so that readers have to turn them."""
        letters = list(self.dead_letters.values())
        place = int(request.query.get("continuation", "0"))
        body: dict[str, Any] = {"deadLetters": letters[place : place + 1]}
        if place + 1 < len(letters):
            body["continuation"] = str(place + 1)
        return web.json_response(body)

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
