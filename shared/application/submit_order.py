"""Taking an order in: priced by the catalogue, stored once, its saga started."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, replace

from shared.application.ports import Catalogue, Clock, Features, Orders, StartSaga
from shared.application.submission import OrderSubmission
from shared.domain.errors import (
    CurrencyMismatch,
    IdempotencyKeyReused,
    IntakePaused,
    Invalid,
    OrderExists,
    OrderNotFound,
    PriceMismatch,
    TotalOutOfRange,
    UnknownSkus,
)
from shared.domain.identity import derive_order_id
from shared.domain.money import Money
from shared.domain.order import Order, OrderLine, OrderStatus
from shared.domain.review import Review
from shared.domain.stock import Product

Reviewing = Callable[[Order], Awaitable[Review | None]]
"""Says whether an order needs somebody's approval."""

ORDER_INTAKE = "order-intake"

# The most that card payment providers take in one charge: eight digits of minor units.
MAX_TOTAL_MINOR_UNITS = 99_999_999


@dataclass(frozen=True, slots=True)
class Receipt:
    """The order that a submission stands for, and whether an earlier one had brought it in."""

    order: Order
    replayed: bool


async def no_review(order: Order) -> None:
    """For shops without a policy."""


class SubmitOrder:
    """The one way into the system, for HTTP requests and for events."""

    def __init__(
        self,
        orders: Orders,
        catalogue: Catalogue,
        features: Features,
        clock: Clock,
        review: Reviewing = no_review,
    ) -> None:
        self._orders = orders
        self._catalogue = catalogue
        self._features = features
        self._clock = clock
        self._review = review

    async def __call__(
        self, submission: OrderSubmission, scope: str, idempotency_key: str, start_saga: StartSaga
    ) -> Receipt:
        """Store the order and start its saga; a repeat does neither again.

        A repeat after a crash between the two starts the saga, so a client that repeats until it is
        answered always gets its order fulfilled.

        Raises:
            Invalid: the order cannot be taken as it is; nothing was stored.
            IdempotencyKeyReused: the key stands for another submission, which is left alone.
            IntakePaused: the feature flag is off; nothing was stored.
        """
        flags = await self._features.of_customer(submission.customer_id)
        if not flags[ORDER_INTAKE]:
            raise IntakePaused
        order_id = derive_order_id(scope, idempotency_key)
        receipt = await self._take_in(order_id, submission, flags)
        if receipt.order.status is OrderStatus.PENDING:
            await start_saga(receipt.order)
        return receipt

    async def _take_in(
        self, order_id: str, submission: OrderSubmission, flags: Mapping[str, bool]
    ) -> Receipt:
        try:
            order = await self._place(order_id, submission, flags)
            await self._orders.add(order, order.submitted())
        except OrderExists:
            return Receipt(await self._repeated(order_id, submission), replayed=True)
        except Invalid:
            # The catalogue may have changed since this very submission was accepted.
            try:
                return Receipt(await self._repeated(order_id, submission), replayed=True)
            except OrderNotFound:
                pass
            raise
        return Receipt(order, replayed=False)

    async def _repeated(self, order_id: str, submission: OrderSubmission) -> Order:
        order = await self._orders.get(order_id)
        if order.fingerprint != submission.fingerprint():
            raise IdempotencyKeyReused(order_id)
        return order

    async def _place(
        self, order_id: str, submission: OrderSubmission, flags: Mapping[str, bool]
    ) -> Order:
        merged = submission.merged_lines()
        products = await self._catalogue.products([sku for sku, _ in merged])
        lines = _priced(merged, products, submission.currency)
        total = Money.total((line.total for line in lines), submission.currency)
        _check_total(total, submission)
        billing = submission.billing_address
        order = Order(
            id=order_id,
            customer_id=submission.customer_id,
            lines=lines,
            total=total,
            shipping_address=submission.shipping_address.to_address(),
            billing_address=billing.to_address() if billing else None,
            payment_method=submission.payment_method,
            flags={name: on for name, on in flags.items() if name != ORDER_INTAKE},
            fingerprint=submission.fingerprint(),
            placed_at=self._clock(),
        )
        # Pinned, like the flags: the saga must decide the same in every replay.
        return replace(order, review=await self._review(order))


def _priced(
    merged: list[tuple[str, int]], products: Mapping[str, Product], currency: str
) -> tuple[OrderLine, ...]:
    unknown = [sku for sku, _ in merged if sku not in products]
    if unknown:
        raise UnknownSkus(unknown)
    for sku, _ in merged:
        if products[sku].price.currency != currency:
            raise CurrencyMismatch(sku, products[sku].price.currency, currency)
    return tuple(
        OrderLine(sku, products[sku].name, quantity, products[sku].price)
        for sku, quantity in merged
    )


def _check_total(total: Money, submission: OrderSubmission) -> None:
    if not 0 < total.minor_units <= MAX_TOTAL_MINOR_UNITS:
        limit = Money(MAX_TOTAL_MINOR_UNITS, total.currency)
        raise TotalOutOfRange(str(total), str(limit))
    expected = submission.expected_total
    if expected is not None and expected.to_money() != total:
        raise PriceMismatch(str(expected.to_money()), str(total))
