"""What a scenario can do to bring an order onto its path: buy, send events, break services."""

from collections.abc import Mapping
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import aiohttp

from devstack.catalogue import CURRENCY, DECLINED_CARD, GOOD_CARD, Product
from devstack.histories import HistoryError
from devstack.histories_actions import OrderActions
from devstack.histories_instances import Json
from devstack.storefront import Patience, Storefront
from devstack.topic import Topic
from devstack.via import inbound_topic
from shared.domain.identity import derive_order_id
from shared.domain.letter import letter_id

CUSTOMER = "customer-1"
# The one whose payments are held before stock; the recorder sets the flag so.
PAYS_FIRST = "customer-who-pays-first"
# The one whose money is taken when the parcel leaves; likewise.
PAYS_LAST = "customer-who-pays-last"

PRICE = Decimal("2.50")
# Two of these reach the threshold that the recorder sets, and nothing else does.
TO_APPROVE = Decimal("2500.00")
THRESHOLD = 2 * TO_APPROVE
# Long enough to decide in, short enough to wait for.
APPROVAL_SECONDS = 20

CARRIER = "urn:carrier"
# As many attempts as an event has that came too early.
EVENT_ATTEMPTS = 3

CHANGES_OF_ORDERS = {"container": "orders", "operation": "Batch"}
_SERVICES = ("cosmos", "payments")


class Stage(OrderActions):
    """The running app, for one scenario: its *name* keeps its order and products apart."""

    def __init__(
        self,
        session: aiohttp.ClientSession,
        urls: Mapping[str, str],
        name: str,
        patience: Patience,
    ) -> None:
        super().__init__(session, urls, patience)
        self._name = name
        self._storefront = Storefront(session, urls["functions"], patience)

    # -- buying ----------------------------------------------------------------------------------

    def order_id(self, customer: str = CUSTOMER) -> str:
        """The id that the order of this scenario has, or will have."""
        return derive_order_id(customer, self._name)

    async def order(
        self,
        *,
        lines: int = 1,
        price: Decimal = PRICE,
        sold_out_line: int | None = None,
        card: str = GOOD_CARD,
        customer: str = CUSTOMER,
    ) -> str:
        """Put products on the shelf and order two of each; the id of the order.

        Lines count from 0, and of the one that is *sold_out_line* there is not enough.
        """
        await self._storefront.import_products(
            Product(self.sku(line), "Mug", price, 1 if line == sold_out_line else 10)
            for line in range(lines)
        )
        answer = await self._storefront.submit(self._name, self._body(lines, card, customer))
        if answer.status != 202:
            raise HistoryError(f"{self._name}: POST /orders answered {answer.status}")
        return str(answer.body["id"])

    def sku(self, line: int = 0) -> str:
        """The product of a line."""
        return f"{self._name}-{line}".replace("/", "-").replace("_", "-").upper()

    def _body(self, lines: int, card: str, customer: str) -> Json:
        return {
            "customerId": customer,
            "currency": CURRENCY,
            "lines": [{"sku": self.sku(line), "quantity": 2} for line in range(lines)],
            "shippingAddress": {
                "name": "A. Customer",
                "line1": "1 Market Street",
                "city": "Springfield",
                "postalCode": "AB1 2CD",
                "country": "GB",
            },
            "paymentMethod": card,
        }

    # -- events ----------------------------------------------------------------------------------

    async def early_shipment(self) -> str:
        """Publish that the order is on its way before there is one; the id of who waits for it."""
        at = await self._publish_shipment(self.order_id())
        instance_id = f"event-{letter_id(at, CARRIER, self._name)}"
        await self.until(instance_id, lambda _: True)
        return instance_id

    async def dispatch(self, order_id: str) -> str:
        """Publish that the order is on its way; the id of the saga that sees to what is owed."""
        await self._publish_shipment(order_id)
        return f"ship-{order_id}"

    async def _publish_shipment(self, order_id: str) -> datetime:
        now = datetime.now(UTC)
        event = {
            "specversion": "1.0",
            "id": self._name,
            "source": CARRIER,
            "type": "Shipping.ShipmentDispatched",
            "time": now.isoformat(),
            "datacontenttype": "application/json",
            "data": {"orderId": order_id},
        }
        async with Topic(inbound_topic(self._urls), self._patience) as topic:
            await topic.publish([event])
        return now

    # -- breaking --------------------------------------------------------------------------------

    async def break_down(self, service: str, **fault: Any) -> None:
        """Make ``cosmos`` or ``payments`` fail from now on, in the words of its fault route."""
        url = f"{self._urls[service]}/_emulator/faults"
        async with self._session.post(url, json=fault) as response:
            if response.status != 201:
                raise HistoryError(f"{service} refuses the fault: {await response.text()}")

    async def confirmed(self, **wishes: Any) -> str:
        """Order, and wait until the order is confirmed."""
        order_id = await self.order(**wishes)
        await self.reaches(order_id, "Confirmed")
        return order_id

    async def paid_with_time_to_spare(self) -> str:
        """Order, and be back before the order's saga knows that it is paid: its changes are seen a
        while before they are answered.
        """
        await self.break_down("cosmos", **CHANGES_OF_ORDERS, latencyMs=1_500)
        order_id = await self.order()
        await self.reaches(order_id, "Paid")
        return order_id

    async def paid_but_not_confirmed(self) -> str:
        """Order, and have the database refuse all changes of orders once this one is paid."""
        order_id = await self.paid_with_time_to_spare()
        await self.repair()
        await self.break_down("cosmos", **CHANGES_OF_ORDERS, status=503)
        return order_id

    async def declined_and_not_released(self) -> str:
        """Order with a card that is declined, and have the database refuse all changes of stock
        while that is reserved already, and the payment still on its way.
        """
        await self.break_down("payments", operation="create", latencyMs=3_000, count=1)
        order_id = await self.order(card=DECLINED_CARD)
        await self.tried(order_id)
        await self.break_stock()
        return order_id

    async def break_stock(self) -> None:
        """Have the database refuse all changes of stock from now on."""
        await self.break_down("cosmos", container="stock", operation="Batch", status=503)

    async def hold_for(self, seconds: int) -> None:
        """How long the payment provider's holds last from now on."""
        await self._post(f"{self._urls['payments']}/_emulator/clock", {"holdSeconds": seconds})

    async def repair(self) -> None:
        """Let every service work again."""
        for service in _SERVICES:
            async with self._session.delete(f"{self._urls[service]}/_emulator/faults") as response:
                response.raise_for_status()
