"""The supported operations in one table: name, endpoint, parameters."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from emulators.payments import parameters as p
from emulators.payments.charges import Charges
from emulators.payments.events import Events
from emulators.payments.handlers import Parameters, PaymentIntents, Wire
from emulators.payments.refunds import Refunds
from emulators.payments.search import Search
from emulators.payments.webhook_endpoints import WebhookEndpoints, loopback_url


@dataclass(frozen=True, slots=True)
class Operation:
    """One endpoint; *name* is what faults and statistics call it."""

    name: str
    method: str
    path: str
    run: Callable[[str, Parameters], Wire]
    parameters: Mapping[str, p.Convert]
    required: tuple[str, ...] = ()
    expandable: tuple[str, ...] = ()

    @property
    def reads(self) -> bool:
        return self.method == "GET"

    def __str__(self) -> str:
        return f"{self.method} {self.path}"


PAGING: Mapping[str, Any] = {"limit": p.page_size, "starting_after": p.text}

CREATE: Mapping[str, p.Convert] = {
    "amount": p.amount,
    "currency": p.currency,
    "capture_method": p.one_of("manual", "automatic", "automatic_async"),
    "confirm": p.boolean,
    "payment_method": p.text,
    "payment_method_types": p.cards_only,
    "automatic_payment_methods": p.automatic_payment_methods,
    "description": p.text,
    "metadata": p.metadata,
}

UPDATE: Mapping[str, p.Convert] = {
    "amount": p.amount,
    "description": p.text,
    "metadata": p.metadata,
}

CANCEL: Mapping[str, p.Convert] = {
    "cancellation_reason": p.one_of("duplicate", "fraudulent", "requested_by_customer", "abandoned")
}

REFUND: Mapping[str, p.Convert] = {
    "payment_intent": p.text,
    "charge": p.text,
    "amount": p.amount,
    "reason": p.one_of("duplicate", "fraudulent", "requested_by_customer"),
    "metadata": p.metadata,
}


WEBHOOK_ENDPOINT: Mapping[str, p.Convert] = {
    "url": loopback_url,
    "enabled_events": p.texts,
    "description": p.text,
    "metadata": p.metadata,
}


def operations(
    intents: PaymentIntents,
    search: Search,
    charges: Charges,
    refunds: Refunds,
    events: Events,
    endpoints: WebhookEndpoints,
) -> list[Operation]:
    """Everything the emulator can do."""
    return [
        *_of_payments(intents, search, charges),
        *_of_refunds(refunds),
        *_of_events(events, endpoints),
    ]


def _of_payments(intents: PaymentIntents, search: Search, charges: Charges) -> list[Operation]:
    every, one = "/v1/payment_intents", "/v1/payment_intents/{id}"
    charge, charges_of_page = ("latest_charge",), ("data.latest_charge",)
    listing = {**PAGING, "created": p.moments}
    searching = {"query": p.text, "limit": p.page_size, "page": p.text}
    amount, method = {"amount_to_capture": p.amount}, {"payment_method": p.text}
    return [
        Operation("create", "POST", every, intents.create, CREATE, ("amount", "currency"), charge),
        Operation("list", "GET", every, intents.list, listing, (), charges_of_page),
        Operation(
            "search",
            "GET",
            f"{every}/search",
            search.search,
            searching,
            ("query",),
            charges_of_page,
        ),
        Operation("retrieve", "GET", one, intents.retrieve, {}, (), charge),
        Operation("update", "POST", one, intents.update, UPDATE, (), charge),
        Operation("confirm", "POST", f"{one}/confirm", intents.confirm, method, (), charge),
        Operation("capture", "POST", f"{one}/capture", intents.capture, amount, (), charge),
        Operation("cancel", "POST", f"{one}/cancel", intents.cancel, CANCEL, (), charge),
        Operation(
            "retrieve_charge",
            "GET",
            "/v1/charges/{id}",
            charges.retrieve,
            {},
            (),
            ("payment_intent",),
        ),
    ]


def _of_refunds(refunds: Refunds) -> list[Operation]:
    every, one = "/v1/refunds", "/v1/refunds/{id}"
    expanded = ("charge", "payment_intent")
    listing = {**PAGING, "payment_intent": p.text, "charge": p.text}
    return [
        Operation("refund", "POST", every, refunds.create, REFUND, (), expanded),
        Operation(
            "list_refunds",
            "GET",
            every,
            refunds.list,
            listing,
            (),
            ("data.charge", "data.payment_intent"),
        ),
        Operation("retrieve_refund", "GET", one, refunds.retrieve, {}, (), expanded),
        Operation(
            "update_refund", "POST", one, refunds.update, {"metadata": p.metadata}, (), expanded
        ),
    ]


def _of_events(events: Events, endpoints: WebhookEndpoints) -> list[Operation]:
    every, one = "/v1/webhook_endpoints", "/v1/webhook_endpoints/{id}"
    listing = {**PAGING, "type": p.text, "types": p.texts, "created": p.moments}
    return [
        Operation("list_events", "GET", "/v1/events", events.list, listing),
        Operation("retrieve_event", "GET", "/v1/events/{id}", events.retrieve, {}),
        Operation(
            "create_webhook_endpoint",
            "POST",
            every,
            endpoints.create,
            WEBHOOK_ENDPOINT,
            ("url", "enabled_events"),
        ),
        Operation("list_webhook_endpoints", "GET", every, endpoints.list, PAGING),
        Operation("retrieve_webhook_endpoint", "GET", one, endpoints.retrieve, {}),
        Operation("delete_webhook_endpoint", "DELETE", one, endpoints.delete, {}),
    ]
