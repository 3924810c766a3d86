"""What a scenario can do to bring an order onto its path: buy, send events, break services."""

import json
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any
from urllib.parse import quote

import aiohttp

from devstack.catalogue import CURRENCY, GOOD_CARD, Product
from devstack.histories import HistoryError, Row
from devstack.storefront import Patience, Storefront
from devstack.topic import Topic
from devstack.via import inbound_topic
from shared.domain.identity import derive_order_id
from shared.domain.letter import letter_id

Json = dict[str, Any]

CUSTOMER = "customer-1"
# The one whose payments are held before stock; the recorder sets the flag so.
PAYS_FIRST = "customer-who-pays-first"

PRICE = Decimal("2.50")
# Two of these reach the threshold that the recorder sets, and nothing else does.
TO_APPROVE = Decimal("2500.00")
THRESHOLD = 2 * TO_APPROVE
# Long enough to decide in, short enough to wait for.
APPROVAL_SECONDS = 20

CARRIER = "urn:carrier"
# As many attempts as an event has that came too early.
EVENT_ATTEMPTS = 3

MANAGEMENT = "/runtime/webhooks/durabletask"
LOOK_EVERY_SECONDS = 0.1
_SERVICES = ("cosmos", "payments")
_TASK_COMPLETED, _TASK_FAILED = 5, 6
_FINAL = frozenset({"Completed", "Failed", "Terminated"})


class Stage:
    """The running app, for one scenario: its *name* keeps its order and products apart."""

    def __init__(
        self,
        session: aiohttp.ClientSession,
        urls: Mapping[str, str],
        name: str,
        patience: Patience,
    ) -> None:
        self._session = session
        self._urls = urls
        self._name = name
        self._patience = patience
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
            Product(self._sku(line), "Mug", price, 1 if line == sold_out_line else 10)
            for line in range(lines)
        )
        answer = await self._storefront.submit(self._name, self._body(lines, card, customer))
        if answer.status != 202:
            raise HistoryError(f"{self._name}: POST /orders answered {answer.status}")
        return str(answer.body["id"])

    def _sku(self, line: int) -> str:
        return f"{self._name}-{line}".replace("/", "-").replace("_", "-").upper()

    def _body(self, lines: int, card: str, customer: str) -> Json:
        return {
            "customerId": customer,
            "currency": CURRENCY,
            "lines": [{"sku": self._sku(line), "quantity": 2} for line in range(lines)],
            "shippingAddress": {
                "name": "A. Customer",
                "line1": "1 Market Street",
                "city": "Springfield",
                "postalCode": "AB1 2CD",
                "country": "GB",
            },
            "paymentMethod": card,
        }

    async def decide(self, order_id: str, decision: str) -> None:
        """Approve the order, or not."""
        await self._ask(order_id, "approval", {"decision": decision})

    async def cancel(self, order_id: str) -> None:
        """Call the order off."""
        await self._ask(order_id, "cancel", {"reason": "changed my mind"})

    async def _ask(self, order_id: str, action: str, body: Json) -> None:
        url = f"{self._urls['functions']}/api/orders/{order_id}/{action}"
        async with self._session.post(url, json=body) as response:
            if response.status != 202:
                raise HistoryError(f"{self._name}: {action}: {await response.text()}")

    # -- events ----------------------------------------------------------------------------------

    async def early_shipment(self) -> str:
        """Publish that the order is on its way before there is one; the id of who waits for it."""
        now = datetime.now(UTC)
        event = {
            "specversion": "1.0",
            "id": self._name,
            "source": CARRIER,
            "type": "Shipping.ShipmentDispatched",
            "time": now.isoformat(),
            "datacontenttype": "application/json",
            "data": {"orderId": self.order_id()},
        }
        async with Topic(inbound_topic(self._urls), self._patience) as topic:
            await topic.publish([event])
        instance_id = f"event-{letter_id(now, CARRIER, self._name)}"
        await self.until(instance_id, lambda _: True)
        return instance_id

    # -- breaking --------------------------------------------------------------------------------

    async def break_down(self, service: str, **fault: Any) -> None:
        """Make ``cosmos`` or ``payments`` fail from now on, in the words of its fault route."""
        url = f"{self._urls[service]}/_emulator/faults"
        async with self._session.post(url, json=fault) as response:
            if response.status != 201:
                raise HistoryError(f"{service} refuses the fault: {await response.text()}")

    async def repair(self) -> None:
        """Let every service work again."""
        for service in _SERVICES:
            async with self._session.delete(f"{self._urls[service]}/_emulator/faults") as response:
                response.raise_for_status()

    # -- instances -------------------------------------------------------------------------------

    async def start(self, saga: str, instance_id: str, saga_input: Json) -> None:
        """Start an instance by hand, as an operator can."""
        # Encoded twice, as the SDK's client does.
        await self._manage(f"orchestrators/{saga}/{quote(instance_id)}", json.dumps(saga_input))

    async def restart(self, instance_id: str) -> None:
        """Start a finished instance again under its id, as an operator can."""
        path = f"instances/{quote(instance_id)}/restart?restartWithNewInstanceId=false"
        await self._manage(path, None)

    async def _manage(self, path: str, body: Any) -> None:
        url = f"{self._urls['functions']}{MANAGEMENT}/{path}"
        async with self._session.post(url, json=body) as response:
            if response.status != 202:
                raise HistoryError(f"POST {path}: {response.status} {await response.text()}")

    async def tried(self, instance_id: str, times: int = 1) -> None:
        """Wait until so many activities of the instance have come to an end."""
        await self.until(instance_id, lambda rows: _count(rows, _TASK_COMPLETED) >= times)

    async def answered(self, instance_id: str, outcome: str) -> None:
        """Wait until an activity of the instance has answered with *outcome*."""
        await self.until(
            instance_id, lambda rows: any(outcome in str(row.get("Result")) for row in rows)
        )

    async def failed(self, instance_id: str, times: int = 1) -> None:
        """Wait until so many activities of the instance have failed."""
        await self.until(instance_id, lambda rows: _count(rows, _TASK_FAILED) >= times)

    async def until(self, instance_id: str, happened: Callable[[list[Row]], bool]) -> None:
        """Wait until the instance is there and *happened* says so of its history."""
        while (told := await self._told(instance_id)) is None or not happened(told["history"]):
            await self._patience.pause(LOOK_EVERY_SECONDS)

    async def ended(self, instance_id: str) -> Json:
        """What the host tells of the instance once that is final."""
        while (told := await self._told(instance_id)) is None or not _is_final(told):
            await self._patience.pause(LOOK_EVERY_SECONDS)
        return told

    async def _told(self, instance_id: str) -> Json | None:
        url = f"{self._urls['functions']}/_emulator/history/{quote(instance_id)}"
        async with self._session.get(url) as response:
            if response.status == 404:
                return None
            response.raise_for_status()
            told: Json = await response.json()
            return told


def _count(rows: list[Row], kind: int) -> int:
    return sum(row["EventType"] == kind for row in rows)


def _is_final(told: Json) -> bool:
    return told["runtimeStatus"] in _FINAL
