"""Reserving the stock of an order, range by range, giving it back, or handing it out."""

from activities.outcomes import DONE, ended, refused
from shared.application.advance_order import AdvanceOrder
from shared.application.bounded import for_each
from shared.application.ports import Orders, Stock
from shared.domain.errors import Refused, ReservationReleased
from shared.domain.order import Order, OrderLine, OrderStatus
from shared.durable_contract import Outcome, Step

_NOT_RESERVED_YET = frozenset({OrderStatus.PENDING, OrderStatus.AWAITING_APPROVAL})


class StockActivities:
    """``reserve_stock``, its undo ``release_stock``, and ``commit_stock``: each for a range."""

    def __init__(
        self, orders: Orders, stock: Stock, advance: AdvanceOrder, concurrency: int
    ) -> None:
        self._orders = orders
        self._stock = stock
        self._advance = advance
        self._concurrency = concurrency

    async def reserve_stock(self, step: Step) -> Outcome:
        """Hold every line of the range; with the last range the order becomes Reserved.

        Refused means that a line could not be held; others of the range may be: release them.
        """
        first_range = step["firstLine"] == 0
        order = await self._read(step["orderId"], fresh=first_range)
        # Later ranges need no look at the status: the first one took it, and the saga is alone. A
        # cancellation meanwhile shows when the last one records what was reserved.
        if first_range and (end := ended(order)) is not None:
            return end

        async def reserve(line: OrderLine) -> None:
            await self._stock.reserve(order.id, line.sku, line.quantity)

        try:
            await for_each(_lines(order, step), reserve, at_most=self._concurrency)
            if _is_last_range(order, step):
                await self._reserved(order)
        except Refused as refusal:
            return refused(refusal)
        return DONE

    async def release_stock(self, step: Step) -> Outcome:
        """Give every line of the range back; harmless for lines that were never held."""
        order = await self._read(step["orderId"], fresh=False)

        async def release(line: OrderLine) -> None:
            await self._stock.release(order.id, line.sku, line.quantity)

        await for_each(_lines(order, step), release, at_most=self._concurrency)
        return DONE

    async def commit_stock(self, step: Step) -> Outcome:
        """Every line of the range leaves the shelf, as it left the warehouse."""
        order = await self._read(step["orderId"], fresh=False)

        async def commit(line: OrderLine) -> None:
            await self._stock.commit(order.id, line.sku, line.quantity)

        try:
            await for_each(_lines(order, step), commit, at_most=self._concurrency)
        except ReservationReleased as refusal:
            return refused(refusal)
        return DONE

    async def _reserved(self, order: Order) -> None:
        if order.status in _NOT_RESERVED_YET:
            await self._advance(order, OrderStatus.RESERVED)

    async def _read(self, order_id: str, *, fresh: bool) -> Order:
        if fresh:
            return await self._orders.get(order_id)
        return await self._orders.as_submitted(order_id)


def _lines(order: Order, step: Step) -> tuple[OrderLine, ...]:
    return order.lines[step["firstLine"] : step["firstLine"] + step["lineCount"]]


def _is_last_range(order: Order, step: Step) -> bool:
    return step["firstLine"] + step["lineCount"] >= len(order.lines)
