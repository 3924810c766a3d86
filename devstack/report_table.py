"""The result of a run as people see it."""

from collections.abc import Mapping, Sequence
from typing import Any

from rich.table import Table

from devstack.report import Report, as_json

SHOWN_FAULTS = 10

_LATENCIES = (
    ("Submit", "submit"),
    ("Submit to final", "submitToFinal"),
    ("Publish", "publish"),
    ("Publish to final", "publishToFinal"),
)


def as_table(report: Report) -> Table:
    """The report for people."""
    content = as_json(report)
    title = f"{report.selection.invoices_read:,} invoices of {report.source}"
    table = Table(title=title, show_header=False, min_width=60)
    table.add_column()
    table.add_column(justify="right")
    _add(table, "Rows", content["rows"]["read"])
    _add(table, "  ordered", content["rows"]["ordered"])
    _add_counts(table, "  refused: ", content["rows"]["refused"])
    _add_events(table, content["events"])
    table.add_section()
    _add(table, "Orders submitted", content["orders"]["submitted"])
    if known := content["orders"]["knownFromEarlierRuns"]:
        _add(table, "  known from an earlier run", known)
    _add(table, "  Confirmed", content["orders"]["confirmed"])
    _add_counts(table, "  ", content["orders"]["notConfirmed"])
    _add_counts(table, "  refused by the app: ", content["orders"]["refused"])
    if report.unfinished:
        _add(table, "  not final", len(report.unfinished))
    table.add_section()
    for name, key in _LATENCIES:
        for percent, value in content["latencyMilliseconds"][key].items():
            if value is not None:
                _add(table, f"{name}, {percent}", f"{value:,.0f} ms")
    _add(table, "Orders per second", content["ordersPerSecond"])
    table.add_section()
    _add_usage(table, content["usage"])
    return table


def _add(table: Table, name: str, value: object) -> None:
    table.add_row(name, f"{value:,}" if isinstance(value, int) else str(value))


def _add_counts(table: Table, prefix: str, counts: Mapping[str, int]) -> None:
    for name, count in counts.items():
        _add(table, prefix + name, count)


def _add_events(table: Table, events: Mapping[str, Any] | None) -> None:
    if events is None:
        return
    table.add_section()
    _add(table, "Events published", events["published"])
    _add(table, "  orders", events["orders"])
    _add(table, "  the same again", events["duplicates"])
    _add(table, "  poison", events["poison"])
    _add(table, "Dead letters", events["deadLetters"])
    _add_counts(table, "  ", events["deadLetterReasons"])


def _add_usage(table: Table, usage: Mapping[str, float] | None) -> None:
    if usage is None:
        _add(table, "Cosmos and durable use", "not known")
        return
    _add(table, "Cosmos requests per order*", usage["cosmosRequestsPerOrder"])
    _add(table, "Request units per order*", usage["requestUnitsPerOrder"])
    _add(table, "Cosmos requests for lists and events**", usage["projectionRequestsPerOrder"])
    _add(table, "Request units for lists and events**", usage["projectionUnitsPerOrder"])
    _add(table, "Durable actions per order", usage["durableActionsPerOrder"])
    table.caption = (
        f"* from intake to the final state, without the {usage['pollingReads']:,} reads of "
        "customers who poll\n** per order, with the reading of the change feed while it ran"
    )


def conservation_lines(report: Report) -> list[str]:
    """What the checks of stock and payments have found."""
    stock = (
        [
            f"Stock conserved: {report.articles:,} SKUs have the on-hand count they started with, "
            f"and reserved is what the {report.confirmed:,} Confirmed orders hold."
        ]
        if not report.stock_faults
        else ["Stock NOT conserved:", *_shown(report.stock_faults)]
    )
    return [*stock, *_payment_lines(report), *_letter_lines(report)]


def _payment_lines(report: Report) -> list[str]:
    if report.payment_faults is None:
        return ["Payments not checked: the provider's ledger is out of reach."]
    if report.payment_faults:
        return ["Payments NOT as orders:", *_shown(report.payment_faults)]
    return [f"Payments match: {report.confirmed:,} captured in full, once each; nothing else kept."]


def _letter_lines(report: Report) -> list[str]:
    if report.deliveries is None:
        return []
    if report.deliveries.faults:
        return ["Dead letters NOT as they should be:", *_shown(report.deliveries.faults)]
    refused = " and the refused orders" if report.refused else ""
    count = len(report.deliveries.letters)
    return [f"Dead letters match: {count:,} in all, exactly the poison{refused}, once each."]


def _shown(faults: Sequence[str]) -> list[str]:
    more = [f"  and {len(faults) - SHOWN_FAULTS} more"] if len(faults) > SHOWN_FAULTS else []
    return [f"  {fault}" for fault in faults[:SHOWN_FAULTS]] + more
