"""Refunds: giving captured money back, at most once over."""

from collections.abc import Callable
from dataclasses import replace

from emulators.payments.errors import (
    InvalidAmountError,
    NotRefundableError,
    ResourceMissingError,
)
from emulators.payments.handlers import DEFAULT_PAGE_SIZE, Parameters, Wire, merge_metadata, page
from emulators.payments.resources import SUCCEEDED, PaymentIntent, Refund, new_id
from emulators.payments.store import Store


class Refunds:
    """The operations on refunds; each takes checked parameters and answers wire JSON."""

    def __init__(self, store: Store, clock: Callable[[], float]) -> None:
        self._store = store
        self._clock = clock

    def create(self, _: str, parameters: Parameters) -> Wire:
        intent = self._refundable(parameters["payment_intent"])
        left = intent.amount_received - intent.amount_refunded
        amount = parameters.get("amount", left)
        if amount > left:
            raise InvalidAmountError(
                f"Refund amount ({amount}) is greater than unrefunded amount on charge ({left})",
                "amount",
            )
        refund = Refund(
            id=new_id("re"),
            created=int(self._clock()),
            amount=amount,
            currency=intent.currency,
            payment_intent=intent.id,
            charge=intent.latest_charge,
            reason=parameters.get("reason"),
            metadata=merge_metadata({}, parameters.get("metadata")),
        )
        refunded = intent.amount_refunded + amount
        self._store.put_payment_intent(replace(intent, amount_refunded=refunded))
        self._store.add_refund(refund)
        return refund.to_wire()

    def retrieve(self, refund_id: str, _: Parameters) -> Wire:
        refund = self._store.refund(refund_id)
        if refund is None:
            raise ResourceMissingError("refund", refund_id, "id", in_path=True)
        return refund.to_wire()

    def list(self, _: str, parameters: Parameters) -> Wire:
        limit = parameters.get("limit", DEFAULT_PAGE_SIZE)
        after = parameters.get("starting_after")
        if after is not None and self._store.refund(after) is None:
            raise ResourceMissingError("refund", after, "starting_after")
        found = self._store.refund_page(limit + 1, after, parameters.get("payment_intent"))
        return page([refund.to_wire() for refund in found], limit, "/v1/refunds")

    def _refundable(self, intent_id: str) -> PaymentIntent:
        intent = self._store.payment_intent(intent_id)
        if intent is None:
            raise ResourceMissingError("payment_intent", intent_id, "payment_intent")
        if intent.status != SUCCEEDED:
            raise NotRefundableError(
                f"This PaymentIntent ({intent.id}) does not have a successful charge to refund."
            )
        if intent.amount_refunded == intent.amount_received:
            raise NotRefundableError(
                f"Charge {intent.latest_charge} has already been refunded.",
                "charge_already_refunded",
            )
        return intent
