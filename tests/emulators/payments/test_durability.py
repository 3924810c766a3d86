"""What was acknowledged survives the process."""

import stripe

from tests.emulators.payments.orders import authorization, keyed
from tests.emulators.processes import EmulatorProcess


def connect(emulator):
    """The synchronous SDK, pointed at *emulator*."""
    return stripe.StripeClient("sk_test_local", base_addresses={"api": emulator.url}).v1


def test_a_payment_and_its_key_survive_kill_9(tmp_path):
    """After a crash the retried request finds its first charge instead of making another."""
    with EmulatorProcess("payments", tmp_path) as emulator:
        first = connect(emulator).payment_intents.create(authorization(), keyed("order-42"))

    with EmulatorProcess("payments", tmp_path) as emulator:
        client = connect(emulator)
        again = client.payment_intents.create(authorization(), keyed("order-42"))
        listed = client.payment_intents.list()

    assert again == first
    assert [intent.id for intent in listed.data] == [first.id]
