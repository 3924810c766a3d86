"""What the passing of time does: holds expire, and some refunds fail after all."""

from dataclasses import replace

from emulators.payments.charges import Charges
from emulators.payments.clock import Clock
from emulators.payments.events import Events
from emulators.payments.resources import CANCELED, FAILED, REQUIRES_CAPTURE, SUCCEEDED
from emulators.payments.store import Alarm, Store


class Passing:
    """Does what fell due, each in a transaction with its events."""

    def __init__(self, store: Store, clock: Clock, events: Events) -> None:
        self._store = store
        self._clock = clock
        self._events = events
        self._charges = Charges(store)
        self._effects = {"hold": self._expire, "refund": self._fail}

    def settle(self) -> None:
        """Catch up with the clock; cheap when nothing is due."""
        while alarms := self._store.due_alarms(self._clock()):
            with self._store.transaction():
                for alarm in alarms:
                    self._effects[alarm.kind](alarm)
                    self._store.clear_alarm(alarm)

    def _expire(self, alarm: Alarm) -> None:
        """The issuer releases what was held; nobody asked for it."""
        intent = self._store.payment_intent(alarm.id)
        if intent is None or intent.status != REQUIRES_CAPTURE:
            return
        expired = replace(
            intent,
            status=CANCELED,
            amount_capturable=0,
            canceled_at=int(self._clock()),
            cancellation_reason="automatic",
        )
        self._store.put_payment_intent(expired, self._clock())
        if charge := self._charges.wire(expired.latest_charge):
            self._events.emit("charge.expired", charge)
        self._events.emit("payment_intent.canceled", expired.to_wire())

    def _fail(self, alarm: Alarm) -> None:
        """The bank sent the money back: the payment counts as not refunded again."""
        refund = self._store.refund(alarm.id)
        intent = self._store.payment_intent(refund.payment_intent) if refund else None
        if refund is None or intent is None or refund.status != SUCCEEDED:
            return
        failed = replace(refund, status=FAILED, failure_reason="expired_or_canceled_card")
        self._store.put_refund(failed)
        self._store.put_payment_intent(
            replace(intent, amount_refunded=intent.amount_refunded - refund.amount), self._clock()
        )
        for event_type in ("refund.updated", "charge.refund.updated", "refund.failed"):
            self._events.emit(event_type, failed.to_wire())
