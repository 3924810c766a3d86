"""``python3 dev.py bench``: each part beside its floor, as ratios, each in one run.

Absolute figures belong to the machine; only the ratios can be compared from one day to the next.
"""

import argparse
import asyncio
import json
import os
import tempfile
from collections.abc import Iterator
from pathlib import Path

from rich.console import Console
from rich.table import Table

from benchmarks.cosmos import measure_points, measure_sizes
from benchmarks.durable import measure_durable
from benchmarks.events import measure_ingestion
from benchmarks.imports import import_seconds
from benchmarks.load import CLIENTS
from benchmarks.orders import SKUS, measure_floor, measure_orders
from devstack.app_settings import app_settings
from devstack.ports import Ports
from devstack.services import ROOT

Row = tuple[str, float, float, str]


def orders(state: Path, options: argparse.Namespace) -> Iterator[Row]:
    """Submitting orders and finishing them."""
    nothing, floor = asyncio.run(measure_floor(state / "floor", options.orders))
    done = asyncio.run(measure_orders(state / "orders", options.orders))
    crowd = f"{CLIENTS} clients"
    yield (
        "alone: POST of an order, beside starting an empty orchestration",
        *(done.submit_alone_ms, floor.submit_alone_ms, "ms"),
    )
    yield (
        f"alone: {SKUS} SKUs to Confirmed, beside four empty activities",
        *(done.finish_alone_ms, floor.finish_alone_ms, "ms"),
    )
    yield (
        f"{crowd}: POST of an order, beside a POST that does nothing",
        *(done.submit.per_second, nothing.per_second, "/s"),
    )
    yield f"{crowd}: the same, p50", done.submit.p50_ms, nothing.p50_ms, "ms"
    yield f"{crowd}: the same, p99", done.submit.p99_ms, nothing.p99_ms, "ms"
    yield (
        f"{crowd}: orders to Confirmed, beside four empty activities",
        *(done.finished_per_second, floor.finished_per_second, "/s"),
    )


def imports(_: Path, __: argparse.Namespace) -> Iterator[Row]:
    """Starting a worker."""
    app, sdks = import_seconds(app_settings(ROOT, Ports()))
    yield "import of function_app, beside its SDKs", 1000 * app, 1000 * sdks, "ms"


def cosmos(state: Path, options: argparse.Namespace) -> Iterator[Row]:
    """The Cosmos emulator."""
    yield from asyncio.run(measure_points(state))
    yield from asyncio.run(measure_sizes(state, options.items))


def durable(state: Path, _: argparse.Namespace) -> Iterator[Row]:
    """The durable engine."""
    yield from asyncio.run(measure_durable(state))


def events(state: Path, options: argparse.Namespace) -> Iterator[Row]:
    """Taking in events."""
    yield from asyncio.run(measure_ingestion(state / "events", 10 * options.orders))


BENCHMARKS = {
    "orders": orders,
    "events": events,
    "imports": imports,
    "cosmos": cosmos,
    "durable": durable,
}


def main() -> None:
    """Measure, print a table, and write it as JSON when asked to."""
    parser = argparse.ArgumentParser(prog="dev.py bench", description=__doc__)
    parser.add_argument("--orders", type=int, default=300, help="default: %(default)s")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the figures there too")
    parser.add_argument("--items", type=int, default=300_000, help="default: %(default)s")
    parser.add_argument("--only", choices=BENCHMARKS, help="default: all of them")
    options = parser.parse_args()
    os.chdir(ROOT)
    with tempfile.TemporaryDirectory() as state:
        chosen = [options.only] if options.only else list(BENCHMARKS)
        measured = [row for name in chosen for row in BENCHMARKS[name](Path(state), options)]
    Console().print(_table(measured))
    if options.json:
        report = [
            {"name": name, "app": app, "floor": floor, "unit": unit, "ratio": app / floor}
            for name, app, floor, unit in measured
        ]
        options.json.write_text(json.dumps(report, indent=2) + "\n", encoding="utf-8")


def _table(measured: list[Row]) -> Table:
    table = Table("", "measured", "beside", "ratio")
    for column in table.columns[1:]:
        column.justify = "right"
    for name, app, floor, unit in measured:
        table.add_row(name, f"{app:,.1f} {unit}", f"{floor:,.1f} {unit}", f"{app / floor:.2f}")
    return table


main()
