"""The result of a run, as a table for people and as JSON for programs."""

import math
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from rich.table import Table

from devstack.customers import Purchase
from devstack.retail import Selection
from devstack.usage import Usage

SHOWN_FAULTS = 10
NO_ANSWER = "no proper answer"


@dataclass(frozen=True, slots=True)
class Report:
    """Everything a run has found out."""

    source: str
    selection: Selection
    articles: int
    purchases: Sequence[Purchase]
    seconds: float
    """From the first submission until the last order was final."""
    stock_faults: Sequence[str]
    payment_faults: Sequence[str] | None
    """None where the payment provider has no ledger to look into."""
    usage: Usage | None
    """None where there are no emulators to ask, or one lost its counters in a crash."""

    @property
    def accepted(self) -> list[Purchase]:
        """The purchases the app has taken on."""
        return [purchase for purchase in self.purchases if purchase.accepted]

    @property
    def refused(self) -> Counter[str]:
        """How many purchases the app has not taken on, by what it said of them."""
        return Counter(
            purchase.problem or NO_ANSWER for purchase in self.purchases if not purchase.accepted
        )

    @property
    def unfinished(self) -> list[Purchase]:
        """The accepted purchases that are not final."""
        return [purchase for purchase in self.accepted if not purchase.final]

    @property
    def rejected(self) -> Counter[str]:
        """How many orders ended other than Confirmed, by status and reason."""
        ended = (purchase for purchase in self.accepted if purchase.final)
        return Counter(
            f"{purchase.status}: {purchase.reason}" if purchase.reason else purchase.status
            for purchase in ended
            if not purchase.confirmed
        )

    @property
    def confirmed(self) -> int:
        """How many orders are Confirmed."""
        return sum(purchase.confirmed for purchase in self.purchases)

    @property
    def failures(self) -> list[str]:
        """Why the run is no success; empty if it is one."""
        failures = []
        if self.unfinished:
            failures.append(f"{len(self.unfinished)} accepted orders are not final")
        if unanswered := self.refused[NO_ANSWER]:
            failures.append(f"{unanswered} orders got no proper answer")
        if self.purchases and not self.accepted:
            failures.append("no order was accepted")
        if self.stock_faults:
            failures.append(f"the stock of {len(self.stock_faults)} SKUs does not add up")
        if self.payment_faults:
            failures.append(f"the payments of {len(self.payment_faults)} orders do not add up")
        return failures


def percentile(values: Iterable[float], percent: float) -> float | None:
    """The smallest value that at least *percent* of all are not above; None without values."""
    ordered = sorted(values)
    return ordered[max(math.ceil(len(ordered) * percent / 100) - 1, 0)] if ordered else None


def as_json(report: Report) -> dict[str, Any]:
    """The report as ``--json`` writes it."""
    return {
        "ok": not report.failures,
        "failures": report.failures,
        "file": report.source,
        "invoicesRead": report.selection.invoices_read,
        "rows": {
            "read": report.selection.rows_read,
            "ordered": report.selection.rows_ordered,
            "refused": _sorted(report.selection.refused),
        },
        "orders": {
            "submitted": len(report.purchases),
            "accepted": len(report.accepted),
            "confirmed": report.confirmed,
            "notConfirmed": _sorted(report.rejected),
            "refused": _sorted(report.refused),
            "unfinished": [purchase.order_id for purchase in report.unfinished],
            "knownFromEarlierRuns": sum(purchase.known_before for purchase in report.purchases),
        },
        "seconds": round(report.seconds, 3),
        "ordersPerSecond": _rate(report),
        "latencyMilliseconds": {
            "submit": _latencies(purchase.submit_seconds for purchase in report.accepted),
            "submitToFinal": _latencies(
                purchase.final_seconds for purchase in report.accepted if purchase.final
            ),
        },
        "usage": _usage(report),
        "conservation": {
            "stockFaults": list(report.stock_faults),
            "paymentFaults": None if report.payment_faults is None else list(report.payment_faults),
        },
    }


def _sorted(counts: Mapping[Any, int]) -> dict[str, int]:
    """*counts*, the most frequent first."""
    return {str(name): n for name, n in sorted(counts.items(), key=lambda item: -item[1]) if n}


def _rate(report: Report) -> float:
    final = sum(purchase.final for purchase in report.purchases)
    return round(final / report.seconds, 2) if report.seconds else 0.0


def _latencies(seconds: Iterable[float]) -> dict[str, float | None]:
    milliseconds = [second * 1000 for second in seconds]
    return {
        name: None if value is None else round(value, 1)
        for name, value in (
            ("p50", percentile(milliseconds, 50)),
            ("p99", percentile(milliseconds, 99)),
        )
    }


def _usage(report: Report) -> dict[str, float] | None:
    """Per accepted order, the customers' polling taken out; the polling itself stands beside it."""
    orders = len(report.accepted)
    if report.usage is None or not orders:
        return None
    polls = sum(purchase.polls for purchase in report.purchases)
    net = report.usage.without_polls(polls)
    return {
        "cosmosRequestsPerOrder": round(net.cosmos_requests / orders, 2),
        "requestUnitsPerOrder": round(net.request_units / orders, 2),
        "projectionRequestsPerOrder": round(net.projection_requests / orders, 2),
        "projectionUnitsPerOrder": round(net.projection_units / orders, 2),
        "durableActionsPerOrder": round(net.durable_actions / orders, 2),
        "activitiesPerOrder": round(net.activities / orders, 2),
        "pollingReads": polls,
        "pollingRequestUnits": round(report.usage.request_units - net.request_units, 2),
    }


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
    for name, key in (("Submit", "submit"), ("Submit to final", "submitToFinal")):
        for percent, value in content["latencyMilliseconds"][key].items():
            _add(table, f"{name}, {percent}", "-" if value is None else f"{value:,.0f} ms")
    _add(table, "Orders per second", content["ordersPerSecond"])
    table.add_section()
    _add_usage(table, content["usage"])
    return table


def _add(table: Table, name: str, value: object) -> None:
    table.add_row(name, f"{value:,}" if isinstance(value, int) else str(value))


def _add_counts(table: Table, prefix: str, counts: Mapping[str, int]) -> None:
    for name, count in counts.items():
        _add(table, prefix + name, count)


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
    return [*stock, *_payment_lines(report)]


def _payment_lines(report: Report) -> list[str]:
    if report.payment_faults is None:
        return ["Payments not checked: the provider's ledger is out of reach."]
    if report.payment_faults:
        return ["Payments NOT as orders:", *_shown(report.payment_faults)]
    return [f"Payments match: {report.confirmed:,} captured in full, once each; nothing else kept."]


def _shown(faults: Sequence[str]) -> list[str]:
    more = [f"  and {len(faults) - SHOWN_FAULTS} more"] if len(faults) > SHOWN_FAULTS else []
    return [f"  {fault}" for fault in faults[:SHOWN_FAULTS]] + more
