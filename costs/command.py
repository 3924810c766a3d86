"""The command line: ``python3 dev.py cost --orders-per-month N``."""

import argparse
import asyncio
import json
import sys

from costs.as_json import bill_json, variants_json
from costs.choices import Capacity, Choices, Plan
from costs.errors import CostError
from costs.examples import PAGE, with_examples
from costs.prices import read_prices
from costs.table import bill_text, comparison_text, foot, headline
from costs.usage import MEASURED, read_measured, write_measured
from costs.variants import Orders, all_variants, priced

_EPILOG = "Without --plan, --cosmos, --retention-days, --sampling or --memory, all are compared."
_CHOICES = ("plan", "cosmos", "retention_days", "sampling", "memory_megabytes")


def main(arguments: list[str]) -> int:
    """Print what is asked for and return the exit code."""
    options = _parser().parse_args(arguments)
    try:
        if options.measure:
            return _measure()
        print(_answered(options), end="")
    except CostError as error:
        print(f"dev.py cost: {error}", file=sys.stderr)
        return 1
    return 0


def answer(arguments: list[str]) -> str:
    """What is printed for *arguments*.

    Raises:
        CostError: they cannot be priced.
    """
    return _answered(_parser().parse_args(arguments))


def _answered(options: argparse.Namespace) -> str:
    if options.orders_per_month is None:
        raise CostError("how many? Give --orders-per-month N.")
    measured, prices = read_measured(), read_prices()
    orders = Orders(options.orders_per_month, options.lines)
    given = {name: getattr(options, name) for name in _CHOICES}
    made = {name: value for name, value in given.items() if value is not None}
    choices = Choices(
        network_isolation=options.network_isolation, free_grants=options.free_grants
    ).but(**made)
    bill = priced(orders, choices, measured, prices)
    if made:
        one = json.dumps(bill_json(bill), indent=2) if options.json else bill_text(bill)
        return f"{one}\n" if options.json else f"{one}\n{foot([bill])}\n"
    variants = all_variants(orders, choices, measured, prices)
    if options.json:
        return json.dumps(variants_json(variants), indent=2) + "\n"
    compared = comparison_text(variants, prices.currency)
    return f"{headline(bill)}\n{compared}\n{foot([variant.bill for variant in variants])}\n"


def _measure() -> int:
    # Only here: what drives the stack needs packages that a bill does not.
    from costs.measure import measure

    measured = asyncio.run(measure(lambda line: print(line, flush=True)))
    write_measured(measured)
    page = PAGE.read_text(encoding="utf-8")
    PAGE.write_text(with_examples(page, answer), encoding="utf-8")
    print(f"Written to {MEASURED}; the examples in {PAGE} follow. Read the text around them.")
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="dev.py cost",
        description="What a month of orders costs in Azure, from measured use and list prices.",
        epilog=_EPILOG,
    )
    add = parser.add_argument
    add("--orders-per-month", type=_positive, metavar="N", help="how many orders")
    add("--lines", type=_positive, default=5, metavar="L", help="different SKUs in each (5)")
    add("--plan", type=Plan, choices=list(Plan), help="what runs the app")
    add("--cosmos", type=Capacity, choices=list(Capacity), help="how the database is paid")
    add("--retention-days", type=_positive, metavar="D", help="how long all is kept (90)")
    add("--sampling", type=_percent, metavar="P", help="percent of traces that are sent (100)")
    add(
        "--memory",
        dest="memory_megabytes",
        type=int,
        choices=(512, 2048, 4096),
        help="of a Flex instance, in MB (2048)",
    )
    add("--network-isolation", action="store_true", help="with private endpoints")
    add("--free-grants", action="store_true", help="take off what is free each month")
    add("--json", action="store_true", help="for programs")
    add("--measure", action="store_true", help=f"start the stack and write {MEASURED}; 8 minutes")
    return parser


def _positive(text: str) -> int:
    number = int(text.replace(",", "").replace("_", ""))
    if number < 1:
        raise argparse.ArgumentTypeError("1 or more")
    return number


def _percent(text: str) -> int:
    number = int(text)
    if not 0 <= number <= 100:
        raise argparse.ArgumentTypeError("0 to 100")
    return number
