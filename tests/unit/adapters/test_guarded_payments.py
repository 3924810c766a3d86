"""A payment provider that is down is left alone, and tried again with care."""

import asyncio
from dataclasses import dataclass, field
from typing import Any

import pytest

from shared.adapters.circuit import Circuit
from shared.adapters.guarded_payments import GuardedPayments
from shared.application.payment_gateway import PaymentGateway
from shared.domain.errors import CircuitOpen, PaymentDeclined, Unavailable

FAILURES = 3
RECOVERY_SECONDS = 30


@dataclass
class Provider:
    """Answers each capture with what it is told to."""

    failing: Exception | None = None
    asked: int = 0
    was_asked: asyncio.Event = field(default_factory=asyncio.Event)
    answering: asyncio.Event = field(default_factory=asyncio.Event)

    async def capture(self, _: str) -> None:
        self.asked += 1
        self.was_asked.set()
        await self.answering.wait()
        if self.failing:
            raise self.failing


@pytest.fixture
def now(monkeypatch) -> list[float]:
    """The time, which tests move."""
    moment = [1_000_000.0]
    monkeypatch.setattr("time.time", lambda: moment[0])
    return moment


@pytest.fixture
def provider() -> Provider:
    """One that answers at once."""
    provider = Provider()
    provider.answering.set()
    return provider


@pytest.fixture
def circuit(now) -> Circuit:
    """A closed circuit."""
    return Circuit("payment-gateway", FAILURES, RECOVERY_SECONDS)


@pytest.fixture
def payments(provider, circuit) -> GuardedPayments:
    """The provider behind it."""
    gateway: Any = provider
    return GuardedPayments(gateway, circuit)


async def fail(payments: PaymentGateway, provider: Provider, times: int) -> None:
    """Let the provider fail."""
    provider.failing = Unavailable("payment-gateway")
    for _ in range(times):
        with pytest.raises(Unavailable):
            await payments.capture("pi_1")


async def test_leaves_a_provider_alone_that_failed_again_and_again(payments, provider, circuit):
    """Asking on would only make it worse, and use up the attempts of every order."""
    await fail(payments, provider, FAILURES)

    with pytest.raises(CircuitOpen) as open_circuit:
        await payments.capture("pi_1")

    assert circuit.state == "open"
    assert provider.asked == FAILURES
    assert open_circuit.value.retry_after_seconds == RECOVERY_SECONDS


async def test_failures_with_successes_between_them_open_nothing(payments, provider, circuit):
    """A hiccup now and then is what repeating is for."""
    for _ in range(4):
        await fail(payments, provider, FAILURES - 1)
        provider.failing = None
        await payments.capture("pi_1")

    assert circuit.state == "closed"


async def test_a_declined_card_is_no_failure(payments, provider, circuit):
    """The provider works: a wave of bad cards must not stop the good ones."""
    provider.failing = PaymentDeclined("card_declined")

    for _ in range(2 * FAILURES):
        with pytest.raises(PaymentDeclined):
            await payments.capture("pi_1")

    assert circuit.state == "closed"


async def test_says_how_long_it_will_be_left_alone(payments, provider, now):
    """The saga sleeps until then."""
    await fail(payments, provider, FAILURES)
    now[0] += 10

    with pytest.raises(CircuitOpen) as open_circuit:
        await payments.capture("pi_1")

    assert open_circuit.value.retry_after_seconds == RECOVERY_SECONDS - 10


async def test_is_closed_by_a_probe_that_works(payments, provider, circuit, now):
    """One answer is enough to go on."""
    await fail(payments, provider, FAILURES)
    now[0] += RECOVERY_SECONDS + 1
    assert circuit.state == "half-open"
    provider.failing = None

    await payments.capture("pi_1")

    assert circuit.state == "closed"


async def test_a_declined_probe_closes_it_too(payments, provider, circuit, now):
    """A provider that says no is one that works."""
    await fail(payments, provider, FAILURES)
    now[0] += RECOVERY_SECONDS + 1
    provider.failing = PaymentDeclined("card_declined")

    with pytest.raises(PaymentDeclined):
        await payments.capture("pi_1")

    assert circuit.state == "closed"


async def test_opens_again_at_the_first_probe_that_fails(payments, provider, circuit, now):
    """And the whole time of recovery begins anew."""
    await fail(payments, provider, FAILURES)
    now[0] += RECOVERY_SECONDS + 1

    await fail(payments, provider, 1)

    assert circuit.state == "open"
    with pytest.raises(CircuitOpen) as open_circuit:
        await payments.capture("pi_1")
    assert open_circuit.value.retry_after_seconds == RECOVERY_SECONDS


async def test_lets_one_probe_through_at_a_time(payments, provider, circuit, now):
    """Whoever is just coming back does not need everybody at once."""
    await fail(payments, provider, FAILURES)
    now[0] += RECOVERY_SECONDS + 1
    provider.failing = None
    provider.answering.clear()
    provider.was_asked.clear()
    probe = asyncio.create_task(payments.capture("pi_1"))
    await provider.was_asked.wait()

    with pytest.raises(CircuitOpen):
        await payments.capture("pi_2")
    provider.answering.set()
    await probe

    assert provider.asked == FAILURES + 1
    assert circuit.state == "closed"
    await payments.capture("pi_2")
