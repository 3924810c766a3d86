"""Bills as text: what a terminal shows, and what docs/cost.md quotes."""

import io
import textwrap
from collections.abc import Sequence, Set

from rich import box
from rich.console import Console
from rich.table import Table

from costs.bill import Bill
from costs.choices import Choices
from costs.prices import Price, PriceList
from costs.variants import Variant

WIDTH = 100


def bill_text(bill: Bill) -> str:
    """Every line of one bill, with its sums."""
    currency = bill.prices.currency
    table = _table("", "", "quantity", "price", f"{currency} a month", right=(2, 3, 4))
    service = ""
    for fixed, title in ((True, "Without any order"), (False, "With the orders")):
        lines = [line for line in bill.lines if line.fixed is fixed]
        table.add_row(title, "", "", "", money(sum(map(bill.cost, lines))))
        for line in lines:
            first = "" if line.service == service else f"  {line.service}"
            price = bill.prices[line.price]
            row = (line.what, short(line.quantity), each(price), money(bill.cost(line)))
            table.add_row(first, *row)
            service = line.service
        service = ""
        table.add_section()
    table.add_row("Together", "", "", "", money(bill.total))
    return f"{headline(bill)}\n{_rendered(table)}{_summary(bill)}\n"


def headline(bill: Bill) -> str:
    """What is priced."""
    orders, lines = bill.case.orders, bill.case.usage.lines
    a_second = orders / bill.case.month.busy_seconds
    return (
        f"{orders:,.0f} orders a month of {lines} line{'s' * (lines > 1)} "
        f"({a_second:,.2f} a second)\n{chosen(bill.case.choices)}\n"
    )


def chosen(choices: Choices) -> str:
    """The choices in a line."""
    memory = f" {choices.memory_megabytes} MB" if choices.plan == "flex" else " EP1"
    extras = [
        f"kept {choices.retention_days} days",
        f"{choices.sampling} % of traces",
        *(["private network"] if choices.network_isolation else []),
        *(["free grants"] if choices.free_grants else []),
    ]
    return f"{choices.plan}{memory}, {choices.cosmos}, {', '.join(extras)}"


def _summary(bill: Bill) -> str:
    currency = bill.prices.currency
    return (
        f"A million orders: {money(bill.per_million)} {currency} on top of the fixed "
        f"{money(bill.fixed)}; one order in all: {100 * bill.total / bill.case.orders:.4f} cents."
    )


def comparison_text(variants: Sequence[Variant], currency: str) -> str:
    """What each choice does to the bill of the first."""
    first = variants[0].bill
    heads = ("fixed", "a million orders", f"{currency} a month", "difference")
    table = _table("", *heads, right=(1, 2, 3, 4))
    for variant in variants:
        bill = variant.bill
        change = "" if bill is first else f"{bill.total - first.total:+,.2f}"
        amounts = (money(bill.fixed), money(bill.per_million), money(bill.total))
        table.add_row(variant.name, *amounts, change)
        if variant.ends_group:
            table.add_section()
    return _rendered(table)


def foot(bills: Sequence[Bill]) -> str:
    """What one has to know to believe the figures."""
    used = {line.price for bill in bills for line in bill.lines}
    return f"{_sources(bills[0].prices, used)}\n{_assumed(bills[0])}"


def _sources(prices: PriceList, used: Set[str]) -> str:
    oldest, newest = prices.dates
    read = (
        f"List prices of {prices.region}, {prices.currency}, read from {oldest} to {newest} "
        "(infra/cost/prices.json)."
    )
    names = ", ".join(price.key for price in prices.unconfirmed if price.key in used)
    return "\n".join(_filled(text) for text in (read, f"Not confirmed: {names or 'none'}."))


def _filled(text: str, first: str = "", others: str = "") -> str:
    return textwrap.fill(
        text, WIDTH, initial_indent=first, subsequent_indent=others, break_on_hyphens=False
    )


def _assumed(bill: Bill) -> str:
    lines = bill.case.month.assumptions.as_lines()
    wrapped = [_filled(line, "* ", "  ") for line in lines]
    return "Assumed:\n" + "\n".join(wrapped)


def money(amount: float) -> str:
    """With cents."""
    return f"{amount:,.2f}"


def short(number: float) -> str:
    """Three digits are enough to follow a bill."""
    for size, letter in ((1e9, " G"), (1e6, " M"), (1e3, " k")):
        if number >= size:
            return f"{number / size:.3g}{letter}"
    return f"{number:.3g}"


def each(price: Price) -> str:
    """The price of one, or of a million where one is next to nothing."""
    one = price.amount / price.per
    return f"{one:g}" if one >= 0.01 else f"{one * 1e6:g} / M"


def _table(*heads: str, right: Sequence[int]) -> Table:
    table = Table(*heads, box=box.SIMPLE, pad_edge=False, show_edge=False)
    for index in right:
        table.columns[index].justify = "right"
    return table


def _rendered(table: Table) -> str:
    """As plain text, the same on every terminal and in a file."""
    stream = io.StringIO()
    Console(file=stream, width=WIDTH, highlight=False, markup=False).print(table)
    return "\n".join(line.rstrip() for line in stream.getvalue().splitlines()) + "\n"
