"""A payment provider that is left alone while it is down: orders wait, and use up no attempts."""

from shared.adapters.circuit import Circuit
from shared.application.payment_gateway import (
    Authorization,
    Payment,
    PaymentGateway,
    PaymentRefund,
    PaymentState,
)
from shared.domain.money import Money


class GuardedPayments:
    """The ``PaymentGateway`` port around another one.

    Every method may raise :class:`~shared.domain.errors.CircuitOpen`: then nothing was asked.
    """

    def __init__(self, gateway: PaymentGateway, circuit: Circuit) -> None:
        self._gateway = gateway
        self._circuit = circuit

    async def authorize(self, payment: Payment) -> Authorization:
        async with self._circuit.call():
            return await self._gateway.authorize(payment)

    async def capture(self, payment_id: str) -> None:
        async with self._circuit.call():
            await self._gateway.capture(payment_id)

    async def void(self, payment_id: str) -> None:
        async with self._circuit.call():
            await self._gateway.void(payment_id)

    async def refund(self, refund: PaymentRefund) -> None:
        async with self._circuit.call():
            await self._gateway.refund(refund)

    async def give_back(self, payment: Payment) -> Money:
        async with self._circuit.call():
            return await self._gateway.give_back(payment)

    async def state(self, payment: Payment) -> PaymentState:
        async with self._circuit.call():
            return await self._gateway.state(payment)
