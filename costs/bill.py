"""The bill of a month: what is used, and what that costs by a price list."""

from dataclasses import dataclass

from costs.choices import Assumptions, Choices
from costs.compute import Month, work_of_orders
from costs.cosmos import cosmos
from costs.functions import functions
from costs.lines import Case, Line
from costs.network import isolation
from costs.prices import PriceList
from costs.services import event_grid, logs, other, storage
from costs.usage import IdleUsage, OrderUsage


@dataclass(frozen=True, slots=True)
class Bill:
    """All lines, and what they cost by a price list."""

    case: Case
    lines: tuple[Line, ...]
    prices: PriceList

    def cost(self, line: Line) -> float:
        """Of one line; a free grant goes to the first lines of its meter."""
        price = self.prices[line.price]
        before = 0.0
        for earlier in self.lines:
            if earlier is line:
                break
            before += earlier.quantity if earlier.price == line.price else 0
        grants = self.case.choices.free_grants
        to_there = price.cost(before + line.quantity, free_grants=grants)
        return to_there - price.cost(before, free_grants=grants)

    @property
    def total(self) -> float:
        """Of the month."""
        return sum(map(self.cost, self.lines))

    @property
    def fixed(self) -> float:
        """What the month costs without any order."""
        return sum(self.cost(line) for line in self.lines if line.fixed)

    @property
    def per_million(self) -> float:
        """What a million orders cost at this rate, on top of the fixed part."""
        return (self.total - self.fixed) / self.case.orders * 1e6


def bill_for(
    orders: float, usage: OrderUsage, idle: IdleUsage, choices: Choices, prices: PriceList
) -> Bill:
    """The bill for so many orders in a month."""
    month = Month(orders, prices.hours_per_month, Assumptions())
    case = Case(usage, idle, choices, month)
    works = work_of_orders(usage, month, choices.speed)
    lines = (
        *functions(case, works),
        *cosmos(case, works),
        *storage(case),
        *event_grid(case),
        *logs(case, works),
        *other(case),
        *(isolation(month.hours) if choices.network_isolation else ()),
    )
    return Bill(case, tuple(line for line in lines if line.quantity), prices)
