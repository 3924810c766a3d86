"""What Stripe does not have: health, the ledger, counts, and the switches of tests."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from aiohttp import web

from emulators.payments.clock import DEFAULTS, SKIPPED, Clock
from emulators.payments.courier import Courier, Switches
from emulators.payments.disputes import Disputes
from emulators.payments.errors import InvalidParameterError
from emulators.payments.outbox import Outbox
from emulators.payments.passing import Passing
from emulators.payments.store import Store

LONGEST_SECONDS = 10 * 365 * 24 * 60 * 60

_SWITCHES: Mapping[str, tuple[str, type]] = {
    "duplicate": ("duplicate", int),
    "delayMs": ("delay_ms", float),
    "shuffle": ("shuffle", bool),
    "drop": ("drop", bool),
    "retryMs": ("retry_ms", float),
}


@dataclass(frozen=True, slots=True)
class Control:
    """The handlers of ``/_emulator/...``."""

    store: Store
    outbox: Outbox
    clock: Clock
    passing: Passing
    disputes: Disputes
    courier: Courier
    counts: Counter[str]

    def add_routes(self, app: web.Application) -> None:
        app.router.add_get("/_emulator/health", self.health)
        app.router.add_get("/_emulator/ledger", self.ledger)
        app.router.add_get("/_emulator/stats", self.stats)
        app.router.add_get("/_emulator/clock", self.show_clock)
        app.router.add_post("/_emulator/clock", self.set_clock)
        app.router.add_get("/_emulator/webhooks", self.show_webhooks)
        app.router.add_post("/_emulator/webhooks", self.set_webhooks)
        app.router.add_post("/_emulator/disputes", self.dispute)

    async def health(self, _: web.Request) -> web.Response:
        return web.json_response({"status": "ok"})

    async def stats(self, _: web.Request) -> web.Response:
        return web.json_response(
            {"requests": self.counts.total(), "operations": dict(sorted(self.counts.items()))}
        )

    async def ledger(self, request: web.Request) -> web.Response:
        """Payments, oldest first: all, those of one order, or a page."""
        self.passing.settle()
        query = request.query
        limit = _number("limit", query.get("limit", "-1"))
        found = self.store.ledger_page(query.get("orderId"), limit, query.get("startingAfter"))
        refunds = self.store.refunds_of(intent.id for intent in found)
        payments = [
            intent.to_ledger()
            | {"refunds": [refund.to_ledger() for refund in refunds.get(intent.id, [])]}
            for intent in found
        ]
        return web.json_response({"payments": payments})

    async def show_clock(self, _: web.Request) -> web.Response:
        return web.json_response({"now": self.clock(), **self.clock.settings})

    async def set_clock(self, request: web.Request) -> web.Response:
        """Change durations, then skip time, and do all that falls due in it."""
        document = await _json_object(request)
        skipped = _seconds("advanceSeconds", document.pop("advanceSeconds", 0))
        known = DEFAULTS.keys() - {SKIPPED}
        if unknown := document.keys() - known:
            raise InvalidParameterError(f"unknown field {min(unknown)!r}", min(unknown))
        seconds = {name: _seconds(name, value) for name, value in document.items()}
        for name, value in seconds.items():
            self.clock.set(name, value)
        self.clock.advance(skipped)
        self.passing.settle()
        return await self.show_clock(request)

    async def show_webhooks(self, _: web.Request) -> web.Response:
        return web.json_response(self.courier.describe())

    async def set_webhooks(self, request: web.Request) -> web.Response:
        """Change the switches that are named."""
        document = await _json_object(request)
        changes = {}
        for name, value in document.items():
            if name not in _SWITCHES:
                raise InvalidParameterError(f"unknown field {name!r}", name)
            field, kind = _SWITCHES[name]
            changes[field] = value if kind is bool else _seconds(name, value)
            if (kind is bool) != isinstance(value, bool) or (kind is int and value != int(value)):
                raise InvalidParameterError(f"Invalid {name}: {value!r}", name)
        switches: Switches = replace(self.courier.switches, **changes)
        self.courier.switches = switches
        self.outbox.delay_seconds = switches.delay_ms / 1000
        self.courier.wake()
        return await self.show_webhooks(request)

    async def dispute(self, request: web.Request) -> web.Response:
        document = await _json_object(request)
        dispute = self.disputes.open(
            str(document.get("payment_intent")), str(document.get("reason", "fraudulent"))
        )
        return web.json_response(dispute, status=201)


async def _json_object(request: web.Request) -> dict[str, Any]:
    try:
        document = await request.json()
    except ValueError:
        document = None
    if not isinstance(document, dict):
        raise InvalidParameterError("A JSON object is needed.")
    return document


def _number(name: str, text: str) -> int:
    try:
        return int(text)
    except ValueError:
        raise InvalidParameterError(f"Invalid integer: {text}", name) from None


def _seconds(name: str, value: object) -> Any:
    valid = isinstance(value, int | float) and not isinstance(value, bool)
    if not valid or not 0 <= float(str(value)) <= LONGEST_SECONDS:
        raise InvalidParameterError(f"Invalid {name}: {value!r}", name)
    return value
