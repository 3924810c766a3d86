"""The supported operations in one table: name, endpoint, parameters."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from emulators.payments import parameters as p
from emulators.payments.handlers import Parameters, PaymentIntents, Wire
from emulators.payments.refunds import Refunds


@dataclass(frozen=True, slots=True)
class Operation:
    """One endpoint; *name* is what faults and statistics call it."""

    name: str
    method: str
    path: str
    run: Callable[[str, Parameters], Wire]
    parameters: Mapping[str, p.Convert]
    required: tuple[str, ...] = ()

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
    "amount": p.amount,
    "reason": p.one_of("duplicate", "fraudulent", "requested_by_customer"),
    "metadata": p.metadata,
}


def operations(intents: PaymentIntents, refunds: Refunds) -> list[Operation]:
    """Everything the emulator can do."""
    all_intents, one_intent = "/v1/payment_intents", "/v1/payment_intents/{id}"
    all_refunds, one_refund = "/v1/refunds", "/v1/refunds/{id}"
    return [
        Operation("create", "POST", all_intents, intents.create, CREATE, ("amount", "currency")),
        Operation("list", "GET", all_intents, intents.list, PAGING),
        Operation("retrieve", "GET", one_intent, intents.retrieve, {}),
        Operation("update", "POST", one_intent, intents.update, UPDATE),
        Operation(
            "confirm", "POST", f"{one_intent}/confirm", intents.confirm, {"payment_method": p.text}
        ),
        Operation(
            "capture",
            "POST",
            f"{one_intent}/capture",
            intents.capture,
            {"amount_to_capture": p.amount},
        ),
        Operation("cancel", "POST", f"{one_intent}/cancel", intents.cancel, CANCEL),
        Operation("refund", "POST", all_refunds, refunds.create, REFUND, ("payment_intent",)),
        Operation(
            "list_refunds",
            "GET",
            all_refunds,
            refunds.list,
            {**PAGING, "payment_intent": p.text},
        ),
        Operation("retrieve_refund", "GET", one_refund, refunds.retrieve, {}),
    ]
