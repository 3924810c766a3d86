"""The same month under other choices."""

from dataclasses import dataclass

from costs.bill import Bill, bill_for
from costs.choices import Capacity, Choices, Plan
from costs.prices import PriceList
from costs.usage import Measured


@dataclass(frozen=True, slots=True)
class Variant:
    """One way to deploy, and its bill."""

    name: str
    bill: Bill
    ends_group: bool = False


@dataclass(frozen=True, slots=True)
class Orders:
    """How many come in a month, of how many lines."""

    count: float
    lines: int


def priced(orders: Orders, choices: Choices, measured: Measured, prices: PriceList) -> Bill:
    """The bill under *choices*."""
    usage = measured.of(orders.lines)
    return bill_for(orders.count, usage, measured.idle, choices, prices)


def all_variants(
    orders: Orders, choices: Choices, measured: Measured, prices: PriceList
) -> list[Variant]:
    """Every plan with every capacity, then each other choice alone against the first."""

    def variant(name: str, ends_group: bool = False, **changes: object) -> Variant:
        bill = priced(orders, choices.but(**changes), measured, prices)
        return Variant(name, bill, ends_group)

    same = f"{choices.plan}, {choices.cosmos}"
    last = (Plan.PREMIUM, Capacity.AUTOSCALE)
    pairs = [(plan, capacity) for plan in Plan for capacity in Capacity]
    return [
        *(
            variant(f"{plan}, {capacity}", (plan, capacity) == last, plan=plan, cosmos=capacity)
            for plan, capacity in pairs
        ),
        *(
            variant(
                f"{same}, {megabytes} MB instances", megabytes == 4096, memory_megabytes=megabytes
            )
            for megabytes in (512, 4096)
        ),
        *(
            variant(f"{same}, kept {days} days", days == 365, retention_days=days)
            for days in (30, 365)
        ),
        *(
            variant(f"{same}, {percent} % of traces", percent == 0, sampling=percent)
            for percent in (20, 0)
        ),
        variant(f"{same}, network isolation", network_isolation=True),
        variant(f"{same}, free grants", free_grants=True),
    ]
