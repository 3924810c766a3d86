"""Refunds: giving captured money back, at most once over."""

from dataclasses import replace

from emulators.payments.charges import charge_to_wire
from emulators.payments.clock import REFUND_FAILURE, Clock
from emulators.payments.errors import (
    InvalidAmountError,
    InvalidParameterError,
    NotRefundableError,
    ResourceMissingError,
)
from emulators.payments.events import Events
from emulators.payments.handlers import Parameters, Wire, merge_metadata
from emulators.payments.lists import DEFAULT_PAGE_SIZE, page
from emulators.payments.payment_methods import REFUND_FAILS
from emulators.payments.resources import SUCCEEDED, Charge, PaymentIntent, Refund, new_id
from emulators.payments.store import Alarm, Store


class Refunds:
    """The operations on refunds; each takes checked parameters and answers wire JSON."""

    def __init__(self, store: Store, clock: Clock, events: Events) -> None:
        self._store = store
        self._clock = clock
        self._events = events

    def create(self, _: str, parameters: Parameters) -> Wire:
        intent, charge = self._refundable(parameters)
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
        intent = replace(intent, amount_refunded=intent.amount_refunded + amount)
        self._store.put_payment_intent(intent, self._clock())
        self._store.put_refund(refund)
        if charge.payment_method in REFUND_FAILS:
            fails_at = self._clock() + self._clock.settings[REFUND_FAILURE]
            self._store.set_alarm(Alarm("refund", refund.id, fails_at))
        self._events.emit("refund.created", refund.to_wire())
        self._events.emit("charge.refunded", charge_to_wire(charge, intent))
        return refund.to_wire()

    def retrieve(self, refund_id: str, _: Parameters) -> Wire:
        return self._load(refund_id).to_wire()

    def update(self, refund_id: str, parameters: Parameters) -> Wire:
        """Change metadata: all of a refund that can be changed."""
        refund = self._load(refund_id)
        changed = merge_metadata(refund.metadata, parameters.get("metadata"))
        refund = replace(refund, metadata=changed)
        self._store.put_refund(refund)
        for event_type in ("refund.updated", "charge.refund.updated"):
            self._events.emit(event_type, refund.to_wire())
        return refund.to_wire()

    def _load(self, refund_id: str) -> Refund:
        refund = self._store.refund(refund_id)
        if refund is None:
            raise ResourceMissingError("refund", refund_id, "id", in_path=True)
        return refund

    def list(self, _: str, parameters: Parameters) -> Wire:
        limit = parameters.get("limit", DEFAULT_PAGE_SIZE)
        after = parameters.get("starting_after")
        if after is not None and self._store.refund(after) is None:
            raise ResourceMissingError("refund", after, "starting_after")
        found = self._store.refund_page(limit + 1, after, self._payment_of_list(parameters))
        return page([refund.to_wire() for refund in found], limit, "/v1/refunds")

    def _payment_of_list(self, parameters: Parameters) -> str | None:
        charge_id = parameters.get("charge")
        if charge_id is None:
            return parameters.get("payment_intent")
        return self._charge(charge_id).payment_intent

    def _charge(self, charge_id: str) -> Charge:
        charge = self._store.charge(charge_id)
        if charge is None:
            raise ResourceMissingError("charge", charge_id, "charge")
        return charge

    def _refundable(self, parameters: Parameters) -> tuple[PaymentIntent, Charge]:
        intent = self._payment(parameters)
        charge_id = parameters.get("charge", intent.latest_charge)
        charge = self._store.charge(str(charge_id))
        if intent.status != SUCCEEDED or charge is None or charge.failure_code is not None:
            raise NotRefundableError(
                f"This PaymentIntent ({intent.id}) does not have a successful charge to refund."
            )
        if charge.disputed:
            raise NotRefundableError(
                f"Charge {charge.id} has been charged back; cannot issue a refund.",
                "charge_disputed",
            )
        if intent.amount_refunded == intent.amount_received:
            raise NotRefundableError(
                f"Charge {intent.latest_charge} has already been refunded.",
                "charge_already_refunded",
            )
        return intent, charge

    def _payment(self, parameters: Parameters) -> PaymentIntent:
        """The payment that is named by itself or by its charge."""
        named, charge_id = parameters.get("payment_intent"), parameters.get("charge")
        if named is None and charge_id is None:
            raise InvalidParameterError(
                "One of the following params should be provided for this request: payment_intent"
                " or charge.",
                "payment_intent",
                "parameter_missing",
            )
        intent_id = named or self._charge(str(charge_id)).payment_intent
        intent = self._store.payment_intent(intent_id)
        if intent is None:
            raise ResourceMissingError("payment_intent", intent_id, "payment_intent")
        if charge_id is not None and self._charge(charge_id).payment_intent != intent.id:
            raise InvalidParameterError(
                f"Charge {charge_id} does not belong to PaymentIntent {intent.id}.", "charge"
            )
        return intent
