"""The ``run`` command: real orders from a file, submitted to the app and followed to their end."""

import json
import time
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import aiohttp
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from devstack.buyers import Buyers, buyers
from devstack.catalogue import Product, stock_shelves
from devstack.conservation import Stock, payment_faults, stock_faults
from devstack.customers import CUSTOMERS, Purchase
from devstack.errors import DevstackError
from devstack.local import local_stack
from devstack.ports import Ports
from devstack.report import Report, as_json
from devstack.report_table import as_table, conservation_lines
from devstack.retail import Selection, select
from devstack.retail_file import read_rows
from devstack.services import Host
from devstack.stack import Stack
from devstack.storefront import Level, Patience, Storefront, levels
from devstack.usage import Usage, read_usage
from devstack.via import TopicAddress, Via, inbound_topic

NO_PROGRESS_SECONDS = 60.0


class ReportError(DevstackError):
    """The report cannot be written where it was asked for."""


@dataclass(frozen=True, slots=True)
class RunOptions:
    """What to run, and against what."""

    orders: Path
    limit: int
    ports: Ports
    host: Host = Host.EMULATED
    keep: bool = False
    base_url: str | None = None
    """An app that runs already; None starts a stack."""
    report: Path | None = None
    via: Via = Via.HTTP
    topic: TopicAddress | None = None
    """Where events are published; None is the stack's own topic."""


async def run(options: RunOptions, console: Console) -> int:
    """Run the file's orders and print what became of them; the exit code says whether all is well.

    Raises:
        FileError, ReportError: the orders cannot be read, or the report cannot be written.
        PortsError, ServiceError: the stack could not be started or kept running.
        ApiError: the app did not take the catalogue.
    """
    if options.report:
        _require_writable(options.report)
    selection = select(read_rows(options.orders), options.limit)
    refused = sum(selection.refused.values())
    if selection.rows_read != selection.rows_ordered + refused:
        raise AssertionError(f"{selection.rows_read} rows read, but {refused} refused and the rest")
    console.print(
        f"{selection.rows_read:,} rows of {selection.invoices_read:,} invoices: "
        f"{selection.rows_ordered:,} ordered + {refused:,} refused."
    )
    if options.base_url:
        urls = options.ports.urls() | {"functions": options.base_url}
        report = await OrderRun(options, selection, console).against(urls)
    else:
        async with local_stack(options.ports, options.host, console, keep=options.keep) as stack:
            work = OrderRun(options, selection, console, stack)
            report = await stack.during(work.against(stack.urls))
    return conclude(report, options, console)


def conclude(report: Report, options: RunOptions, console: Console) -> int:
    """Print and store *report*; the exit code is 1 unless all is well."""
    console.print(as_table(report))
    for line in conservation_lines(report):
        console.print(line, markup=False, soft_wrap=True)
    if options.report:
        text = json.dumps(as_json(report), indent=2, ensure_ascii=False)
        options.report.write_text(text + "\n", encoding="utf-8")
    for failure in report.failures:
        console.print(f"[red]Failed: {failure}.")
    return 1 if report.failures else 0


def _require_writable(report: Path) -> None:
    """Better now than after the run."""
    try:
        report.open("a").close()
    except OSError as error:
        raise ReportError(f"--json {report}: {error.strerror}") from error


class OrderRun:
    """One run against an app whose services answer at some URLs."""

    def __init__(
        self,
        options: RunOptions,
        selection: Selection,
        console: Console,
        stack: Stack | None = None,
    ) -> None:
        self._options = options
        self._selection = selection
        self._console = console
        self._stack = stack
        self._patience = Patience(NO_PROGRESS_SECONDS)

    async def against(self, urls: Mapping[str, str]) -> Report:
        """Load the catalogue, let the customers buy, and check the books."""
        timeout = aiohttp.ClientTimeout(total=NO_PROGRESS_SECONDS)
        async with aiohttp.ClientSession(timeout=timeout) as session:
            storefront = Storefront(session, urls["functions"], self._patience)
            await storefront.require_health()
            products, before = await self._load_catalogue(storefront)
            usage_before = await self._usage(session, urls)
            started = time.perf_counter()
            topic = self._options.topic or inbound_topic(urls)
            async with buyers(
                self._options.via, storefront, products, self._patience, topic
            ) as those:
                purchases = await self._buy(those)
                seconds = time.perf_counter() - started
                usage_after = await self._usage(session, urls)
                deliveries = await those.deliveries(purchases)
            self._console.print("Checking the stock of every product ...")
            after = await levels(storefront, products, CUSTOMERS)
            ledger = await self._ledger(session, urls)
        stock = Stock(products, before, after)
        return Report(
            source=self._options.orders.name,
            selection=self._selection,
            purchases=purchases,
            seconds=seconds,
            stock_faults=list(stock_faults(stock, purchases)),
            payment_faults=list(payment_faults(products, purchases, ledger)) if ledger else None,
            usage=usage_after.since(usage_before) if usage_before and usage_after else None,
            articles=len(products),
            deliveries=deliveries,
        )

    async def _load_catalogue(
        self, storefront: Storefront
    ) -> tuple[dict[str, Product], dict[str, Level]]:
        started = time.monotonic()
        products = stock_shelves(self._selection.invoices)
        before = await self._levels_before(storefront, products)
        # Orders of earlier runs hold stock of theirs, and on-hand may not fall below it.
        products = {
            sku: replace(product, on_hand=max(product.on_hand, before[sku].reserved))
            for sku, product in products.items()
        }
        await storefront.import_products(products.values())
        self._console.print(
            f"Loaded {len(products):,} products in {time.monotonic() - started:.1f} s."
        )
        return products, before

    async def _levels_before(
        self, storefront: Storefront, products: Mapping[str, Product]
    ) -> dict[str, Level]:
        if self._stack and not self._options.keep:
            return dict.fromkeys(products, Level(on_hand=0, reserved=0))
        return await levels(storefront, products, CUSTOMERS)

    async def _buy(self, those: Buyers) -> list[Purchase]:
        invoices = self._selection.invoices
        columns = (TextColumn("Orders"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
        nobody_looks = not self._console.is_terminal
        with Progress(
            *columns, console=self._console, transient=True, disable=nobody_looks
        ) as progress:
            task = progress.add_task("orders", total=len(invoices))
            return await those.buy(invoices, lambda _: progress.advance(task))

    async def _usage(self, session: aiohttp.ClientSession, urls: Mapping[str, str]) -> Usage | None:
        """The emulators' counters; None without them, or if a crash has set one back to zero."""
        if self._stack and (self._stack.restarts or self._options.host is not Host.EMULATED):
            return None
        try:
            return await read_usage(session, urls)
        except aiohttp.ClientError:
            return None

    async def _ledger(
        self, session: aiohttp.ClientSession, urls: Mapping[str, str]
    ) -> Mapping[str, Any] | None:
        """Every payment there is; None if the app that runs already uses another provider."""
        try:
            async with session.get(f"{urls['payments']}/_emulator/ledger") as response:
                response.raise_for_status()
                ledger: dict[str, Any] = await response.json()
                return ledger
        except aiohttp.ClientError:
            if self._stack:
                raise
            return None
