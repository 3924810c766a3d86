"""What happens to a PaymentIntent: https://docs.stripe.com/payments/paymentintents/lifecycle."""

from dataclasses import asdict, replace
from typing import Any

from emulators.payments.charges import charge_to_wire
from emulators.payments.clock import HOLD, Clock
from emulators.payments.errors import (
    CardError,
    InvalidAmountError,
    ResourceMissingError,
    UnexpectedStateError,
)
from emulators.payments.events import Events
from emulators.payments.lists import DEFAULT_PAGE_SIZE, page
from emulators.payments.payment_methods import DECLINED, require_known
from emulators.payments.resources import (
    CANCELED,
    REQUIRES_CAPTURE,
    REQUIRES_CONFIRMATION,
    REQUIRES_PAYMENT_METHOD,
    SUCCEEDED,
    Charge,
    PaymentIntent,
    new_id,
)
from emulators.payments.store import Alarm, Store

Parameters = dict[str, Any]
Wire = dict[str, Any]

CONFIRMABLE = (REQUIRES_PAYMENT_METHOD, REQUIRES_CONFIRMATION)
CANCELABLE = (REQUIRES_PAYMENT_METHOD, REQUIRES_CAPTURE, REQUIRES_CONFIRMATION)


class PaymentIntents:
    """The operations on PaymentIntents; each takes checked parameters and answers wire JSON."""

    def __init__(self, store: Store, clock: Clock, events: Events) -> None:
        self._store = store
        self._clock = clock
        self._events = events

    def create(self, _: str, parameters: Parameters) -> Wire:
        intent_id = new_id("pi")
        confirm = parameters.pop("confirm", False)
        parameters.pop("payment_method_types", None)
        parameters["metadata"] = merge_metadata({}, parameters.get("metadata"))
        intent = PaymentIntent(
            id=intent_id,
            client_secret=new_id(f"{intent_id}_secret"),
            created=int(self._clock()),
            status=REQUIRES_PAYMENT_METHOD,
            **{"capture_method": "automatic_async", **parameters},
        )
        intent = self._with_payment_method(intent, parameters.get("payment_method"))
        created = self._save(intent, "payment_intent.created")
        return self._confirm(intent) if confirm else created

    def retrieve(self, intent_id: str, _: Parameters) -> Wire:
        return self._load(intent_id).to_wire()

    def find(self, intent_id: str) -> Wire | None:
        intent = self._store.payment_intent(intent_id)
        return intent.to_wire() if intent else None

    def update(self, intent_id: str, parameters: Parameters) -> Wire:
        """Change metadata or description at any time, the amount until confirmation."""
        intent = self._load(intent_id)
        if "amount" in parameters:
            self._require(intent, CONFIRMABLE, "'s amount could not be updated", "be updated")
        parameters["metadata"] = merge_metadata(intent.metadata, parameters.get("metadata"))
        return self._save(replace(intent, **parameters))

    def confirm(self, intent_id: str, parameters: Parameters) -> Wire:
        intent = self._load(intent_id)
        self._require(intent, CONFIRMABLE, " could not be confirmed", "be confirmed")
        return self._confirm(self._with_payment_method(intent, parameters.get("payment_method")))

    def capture(self, intent_id: str, parameters: Parameters) -> Wire:
        """Take the authorized amount or part of it; the rest is released."""
        intent = self._load(intent_id)
        self._require(intent, (REQUIRES_CAPTURE,), " could not be captured", "be captured")
        amount = parameters.get("amount_to_capture", intent.amount_capturable)
        if amount > intent.amount_capturable:
            raise InvalidAmountError(
                f"The amount to capture ({amount}) is greater than the capturable amount"
                f" ({intent.amount_capturable}).",
                "amount_to_capture",
                "amount_too_large",
            )
        captured = replace(intent, status=SUCCEEDED, amount_received=amount, amount_capturable=0)
        self._tell_of_charge("charge.captured", captured)
        return self._save(captured, "payment_intent.succeeded")

    def cancel(self, intent_id: str, parameters: Parameters) -> Wire:
        """End a payment that was not captured; what was authorized is released."""
        intent = self._load(intent_id)
        self._require(intent, CANCELABLE, " could not be canceled", "be canceled")
        return self._save(
            replace(
                intent,
                status=CANCELED,
                amount_capturable=0,
                canceled_at=int(self._clock()),
                cancellation_reason=parameters.get("cancellation_reason"),
            ),
            "payment_intent.canceled",
        )

    def list(self, _: str, parameters: Parameters) -> Wire:
        limit = parameters.get("limit", DEFAULT_PAGE_SIZE)
        after = parameters.get("starting_after")
        if after is not None and self._store.payment_intent(after) is None:
            raise ResourceMissingError("payment_intent", after, "starting_after")
        found = self._store.payment_intent_page(limit + 1, after, parameters.get("created", {}))
        return page([intent.to_wire() for intent in found], limit, "/v1/payment_intents")

    def _load(self, intent_id: str) -> PaymentIntent:
        intent = self._store.payment_intent(intent_id)
        if intent is None:
            raise ResourceMissingError("payment_intent", intent_id, "intent", in_path=True)
        return intent

    def _save(self, intent: PaymentIntent, event_type: str | None = None) -> Wire:
        self._store.put_payment_intent(intent, self._clock())
        if event_type:
            self._events.emit(event_type, intent.to_wire())
        return intent.to_wire()

    def _tell_of_charge(self, event_type: str, intent: PaymentIntent) -> None:
        charge = self._store.charge(str(intent.latest_charge))
        if charge:
            self._events.emit(event_type, charge_to_wire(charge, intent))

    def _require(
        self, intent: PaymentIntent, statuses: tuple[str, ...], problem: str, may: str
    ) -> None:
        if intent.status not in statuses:
            raise UnexpectedStateError(
                f"This PaymentIntent{problem} because it has a status of {intent.status}. Only a"
                f" PaymentIntent with one of the following statuses may {may}:"
                f" {', '.join(statuses)}.",
                intent.to_wire(),
            )

    def _with_payment_method(
        self, intent: PaymentIntent, payment_method: str | None
    ) -> PaymentIntent:
        if payment_method is None:
            return intent
        return replace(
            intent, payment_method=require_known(payment_method), status=REQUIRES_CONFIRMATION
        )

    def _confirm(self, intent: PaymentIntent) -> Wire:
        """Ask the issuer. A decline is saved too: the client may try again with another card."""
        if intent.payment_method is None:
            raise UnexpectedStateError(
                "You cannot confirm this PaymentIntent because it's missing a payment method. You"
                " can either update the PaymentIntent with a payment method and then confirm it"
                " again, or confirm it again directly with a payment method.",
                intent.to_wire(),
            )
        charge = self._charge(intent, intent.payment_method)
        intent = replace(intent, latest_charge=charge.id, last_payment_error=None)
        if charge.payment_method in DECLINED:
            self._decline(intent, charge)
        self._store.put_charge(charge)
        if charge.capture_before is None:
            paid = replace(intent, status=SUCCEEDED, amount_received=intent.amount)
            self._tell_of_charge("charge.succeeded", paid)
            return self._save(paid, "payment_intent.succeeded")
        held = replace(intent, status=REQUIRES_CAPTURE, amount_capturable=intent.amount)
        self._store.set_alarm(Alarm("hold", intent.id, charge.capture_before))
        self._tell_of_charge("charge.succeeded", held)
        return self._save(held, "payment_intent.amount_capturable_updated")

    def _charge(self, intent: PaymentIntent, payment_method: str) -> Charge:
        """The attempt; what is only held has to be captured in time."""
        now = self._clock()
        until = int(now + self._clock.settings[HOLD]) if intent.manual_capture else None
        return Charge(
            id=new_id("ch"),
            created=int(now),
            amount=intent.amount,
            currency=intent.currency,
            payment_intent=intent.id,
            payment_method=payment_method,
            description=intent.description,
            metadata=intent.metadata,
            capture_before=until,
        )

    def _decline(self, intent: PaymentIntent, charge: Charge) -> None:
        decline = asdict(DECLINED[charge.payment_method])
        error = {
            "type": "card_error",
            "charge": charge.id,
            "payment_method": {"id": charge.payment_method, "object": "payment_method"},
            **{name: value for name, value in decline.items() if value is not None},
        }
        declined = replace(
            intent,
            status=REQUIRES_PAYMENT_METHOD,
            payment_method=None,
            last_payment_error=error,
        )
        self._store.put_charge(
            replace(
                charge,
                capture_before=None,
                failure_code=decline["code"],
                failure_message=decline["message"],
            )
        )
        self._tell_of_charge("charge.failed", declined)
        raise CardError(error, self._save(declined, "payment_intent.payment_failed"))


def merge_metadata(current: dict[str, str], changes: dict[str, str] | None) -> dict[str, str]:
    """Apply *changes*: an empty value removes its key, no key at all removes everything."""
    if changes is None:
        return current
    if not changes:
        return {}
    return {key: value for key, value in {**current, **changes}.items() if value}
