"""The HTTP face of orders: status codes, headers, problem documents."""

import json
from dataclasses import dataclass, field
from typing import Any

import pytest

from shared.application.submit_order import SubmitOrder
from shared.domain.order import OrderStatus
from tests.builders import stock_item, submission_json
from tests.fakes import FakeClock, FixedFeatures, InMemoryOrders, InMemoryStock
from tests.unit.triggers.requests import problem_of, request
from triggers.http.orders import OrdersApi
from triggers.http.principal import Callers


@dataclass
class FakeDurableClient:
    """Remembers what was started."""

    started: list[str] = field(default_factory=list)

    async def start_new(self, name: str, instance_id: str, client_input: Any) -> str:
        self.started.append(instance_id)
        return instance_id


class Shop:
    """The API over ports in memory."""

    def __init__(self, *, trust_principal: bool = False) -> None:
        self.orders = InMemoryOrders()
        self.features = FixedFeatures({"order-intake": True})
        stock = InMemoryStock(stock_item())
        submit = SubmitOrder(self.orders, stock, self.features, FakeClock())
        self.api = OrdersApi(submit, self.orders, Callers(trust_principal=trust_principal))
        self.client = FakeDurableClient()

    async def post(self, body: Any = None, **headers: str) -> Any:
        sent = {"idempotency-key": "k-1"} | {k.replace("_", "-"): v for k, v in headers.items()}
        body = submission_json() if body is None else body
        return await self.api.submit_order(request(body=body, headers=sent), self.client)


@pytest.fixture
def shop() -> Shop:
    """A shop with one product."""
    return Shop()


async def test_answers_202_with_where_to_look_and_when(shop):
    """The client polls the right place at the right pace without reading any manual."""
    response = await shop.post()

    body = json.loads(response.get_body())
    assert response.status_code == 202
    assert response.headers["Location"] == f"/api/orders/{body['id']}" == body["links"]["self"]
    assert response.headers["Retry-After"] == "1"
    assert body["status"] == "Pending"
    assert body["total"] == {"amount": "5.00", "currency": "GBP"}
    assert body["lines"][0]["unitPrice"] == {"amount": "2.50", "currency": "GBP"}


async def test_a_repeat_gets_the_same_answer_and_is_told_so(shop):
    """Even when the order has moved on since."""
    first = await shop.post()
    (order,) = shop.orders.orders.values()
    moved, event = order.advance(OrderStatus.RESERVED, FakeClock()())
    await shop.orders.record(moved, event)

    second = await shop.post()

    assert second.get_body() == first.get_body()
    assert second.status_code == 202
    assert second.headers["Idempotent-Replayed"] == "true"
    assert "Idempotent-Replayed" not in first.headers


async def test_never_shows_the_payment_method_or_the_address(shop):
    """Whoever may see an order's state may not see a token or where somebody lives."""
    response = await shop.post()

    assert b"pm_card_visa" not in response.get_body()
    assert b"Some Street" not in response.get_body()


@pytest.mark.parametrize("key", ["", "a b", "x" * 256, "naïve", "tab\there"])
async def test_refuses_a_silly_idempotency_key(shop, key):
    """1 to 255 visible ASCII characters: anything else was a mistake."""
    response = await shop.post(idempotency_key=key)

    document = problem_of(response)
    assert (response.status_code, document["type"].rsplit(":")[-1]) == (
        400,
        "idempotency-key-invalid",
    )
    assert document["errors"][0]["field"] == "Idempotency-Key"


async def test_requires_an_idempotency_key(shop):
    """Without one, the first lost answer is a second order."""
    response = await shop.api.submit_order(request(body=submission_json()), shop.client)

    assert response.status_code == 400
    assert problem_of(response)["type"].endswith(":idempotency-key-missing")


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        (b"", 400, "body-missing"),
        (b"{", 400, "malformed-json"),
        (b'{"a": NaN', 400, "malformed-json"),
        (b"\xff\xfe", 400, "malformed-json"),
        (b"[" * 100_000, 400, "malformed-json"),
        (b"[]", 422, "invalid-request"),
        (b"null", 422, "invalid-request"),
        (b" " * (512 * 1024 + 1), 413, "body-too-large"),
    ],
)
async def test_refuses_bodies_that_are_no_order(shop, body, status, code):
    """Whatever arrives, the answer is a 4xx that says what is wrong."""
    response = await shop.post(body)

    assert response.status_code == status
    assert problem_of(response)["type"].endswith(f":{code}")
    assert not shop.orders.orders


async def test_points_at_the_offending_fields(shop):
    """All of them at once, as JSON pointers."""
    lines = [{"sku": "MUG-BLUE", "quantity": 0}, {"sku": "/", "quantity": 1}]

    response = await shop.post(submission_json(lines=lines))

    errors = problem_of(response)["errors"]
    assert {(e["in"], e["field"]) for e in errors} == {
        ("body", "/lines/0/quantity"),
        ("body", "/lines/1/sku"),
    }


async def test_keeps_a_problem_document_readable_when_everything_is_wrong(shop):
    """Two thousand bad lines do not need two thousand complaints."""
    lines = [{"sku": "/", "quantity": 1}] * 2000

    response = await shop.post(submission_json(lines=lines))

    document = problem_of(response)
    assert len(document["errors"]) == 50
    assert "1950 more" in document["detail"]


async def test_refuses_other_media_types(shop):
    """A form is not an order."""
    response = await shop.post(content_type="text/plain")

    assert response.status_code == 415
    assert problem_of(response)["errors"][0]["field"] == "Content-Type"


@pytest.mark.parametrize(
    ("change", "status", "code"),
    [
        ({"lines": [{"sku": "NONE", "quantity": 1}]}, 422, "unknown-skus"),
        ({"expectedTotal": {"amount": "1.00", "currency": "GBP"}}, 422, "price-mismatch"),
        ({"currency": "EUR"}, 422, "currency-mismatch"),
    ],
)
async def test_names_the_rule_that_an_order_breaks(shop, change, status, code):
    """Clients branch on the type, people read the detail."""
    response = await shop.post(submission_json(**change))

    document = problem_of(response)
    assert (response.status_code, document["type"]) == (status, f"urn:problem-type:orders:{code}")
    assert document["errors"][0]["field"].startswith("/")


async def test_a_paused_intake_says_when_to_come_back(shop):
    """A 503 without Retry-After is hammered."""
    shop.features.flags = {"order-intake": False}

    response = await shop.post()

    assert response.status_code == 503
    assert int(response.headers["Retry-After"]) > 0
    assert problem_of(response)["type"].endswith(":intake-paused")


async def test_believes_the_principal_header_only_behind_app_service_authentication():
    """Anyone can send the header; only the platform can be believed."""
    open_shop, guarded = Shop(), Shop(trust_principal=True)

    ids = set()
    for shop in (open_shop, guarded):
        for principal in ("alice", "bob"):
            response = await shop.post(x_ms_client_principal_id=principal)
            ids.add(json.loads(response.get_body())["id"])

    assert (len(open_shop.orders.orders), len(guarded.orders.orders)) == (1, 2)


async def test_an_order_is_not_sent_twice_to_a_client_that_has_it(shop):
    """Pollers cost one point read and no body."""
    posted = json.loads((await shop.post()).get_body())
    first = await shop.api.get_order(request("GET", orderId=posted["id"]))

    second = await shop.api.get_order(
        request("GET", headers={"if-none-match": first.headers["ETag"]}, orderId=posted["id"])
    )

    assert json.loads(first.get_body())["status"] == "Pending"
    assert (second.status_code, second.get_body()) == (304, b"")


async def test_a_changed_order_is_sent_again(shop):
    """Otherwise a poller would wait for ever."""
    posted = json.loads((await shop.post()).get_body())
    headers = {"if-none-match": '"1"'}
    moved, event = shop.orders.orders[posted["id"]].advance(OrderStatus.RESERVED, FakeClock()())
    await shop.orders.record(moved, event)

    response = await shop.api.get_order(request("GET", headers=headers, orderId=posted["id"]))

    assert response.status_code == 200
    assert json.loads(response.get_body())["status"] == "Reserved"


async def test_tells_the_timeline_of_an_order(shop):
    """On-call asks first: what happened, and when."""
    posted = json.loads((await shop.post()).get_body())

    response = await shop.api.get_order_events(request("GET", orderId=posted["id"]))

    events = json.loads(response.get_body())["events"]
    assert [(e["number"], e["type"]) for e in events] == [(1, "OrderSubmitted")]


@pytest.mark.parametrize(
    ("order_id", "status"),
    [("42", 400), ("../stock", 400), ("0d9f5b2e-6c1a-5f43-9a57-2f1c3d4e5f61", 404)],
)
async def test_tells_ids_that_are_none_from_orders_that_are_not_there(shop, order_id, status):
    """One is a bug in the client, the other perhaps a typo."""
    for read in (shop.api.get_order, shop.api.get_order_events):
        response = await read(request("GET", orderId=order_id))

        assert response.status_code == status
        assert problem_of(response)


async def test_a_bug_of_ours_is_a_500_that_gives_nothing_away(shop):
    """Stack traces and connection strings belong into our logs."""
    shop.orders.get = None

    response = await shop.api.get_order(
        request("GET", orderId="0d9f5b2e-6c1a-5f43-9a57-2f1c3d4e5f61")
    )

    assert response.status_code == 500
    assert "NoneType" not in response.get_body().decode()
