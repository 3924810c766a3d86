import io
import json
from pathlib import Path
from typing import Any

import pytest
from aiohttp.test_utils import TestServer
from rich.console import Console

from devstack import run as run_module
from devstack.ports import Ports
from devstack.run import RunOptions, run
from devstack.storefront import ApiError
from tests.integration.devstack.conftest import DECLINED, GOOD
from tests.integration.devstack.shop import Shop


class Outcome:
    """What a run left behind: its exit code, its report and what it printed."""

    def __init__(self, code: int, report: dict[str, Any], printed: str) -> None:
        self.code = code
        self.report = report
        self.printed = printed


async def run_at(shop: Shop, orders: Path) -> Outcome:
    """Run the orders against *shop*."""
    report, printed = orders.with_suffix(".json"), io.StringIO()
    async with TestServer(shop.app()) as server:
        options = RunOptions(
            orders, limit=200, ports=Ports(), base_url=str(server.make_url("")), report=report
        )
        code = await run(options, Console(file=printed, width=120))
    return Outcome(code, json.loads(report.read_text()), printed.getvalue())


async def test_every_row_and_order_is_accounted_for(orders):
    """The table is the point of the command: all that went in comes out under some name."""
    outcome = await run_at(Shop(), orders)

    assert outcome.code == 0, outcome.printed
    assert outcome.report["rows"] == {
        "read": 5,
        "ordered": 3,
        "refused": {"no product": 1, "cancellation": 1},
    }
    assert outcome.report["orders"]["confirmed"] == 1
    assert outcome.report["orders"]["notConfirmed"] == {"Rejected: payment-declined": 1}
    assert "5 rows of 3 invoices: 3 ordered + 2 refused" in outcome.printed
    assert "Stock conserved" in outcome.printed


async def test_an_unavailable_app_is_asked_again_with_the_same_key(orders):
    """503 means not now; a new key would make a second order of it."""
    shop = Shop(refuse_first_attempts=True)

    outcome = await run_at(shop, orders)

    assert outcome.code == 0, outcome.printed
    assert shop.attempts == {f"invoice-{GOOD}": 2, f"invoice-{DECLINED}": 2}
    assert outcome.report["orders"]["accepted"] == 2


async def test_a_lost_answer_is_asked_for_again(orders):
    """A crash right after the order was stored leaves its customer with nothing but the key."""
    shop = Shop(cut_first_attempts=True)

    outcome = await run_at(shop, orders)

    assert outcome.code == 0, outcome.printed
    assert len(shop.orders) == 2
    assert outcome.report["orders"]["knownFromEarlierRuns"] == 0


async def test_running_the_same_file_again_repeats_no_order(orders):
    """With a kept state a second run finds its orders there, and the books still balance."""
    shop = Shop()
    await run_at(shop, orders)

    again = await run_at(shop, orders)

    assert again.code == 0, again.printed
    assert len(shop.orders) == 2
    assert again.report["orders"]["knownFromEarlierRuns"] == 2


async def test_an_order_that_stays_unfinished_fails_the_run(orders, monkeypatch):
    """An accepted order without an end is the failure this command exists to find."""
    monkeypatch.setattr(run_module, "NO_PROGRESS_SECONDS", 0.5)
    shop = Shop(never_settle=True)

    outcome = await run_at(shop, orders)

    assert outcome.code == 1
    assert outcome.report["orders"]["unfinished"] == [f"invoice-{GOOD}", f"invoice-{DECLINED}"]
    assert "2 accepted orders are not final" in outcome.printed
    assert shop.not_modified


async def test_lost_stock_fails_the_run_and_is_named(orders):
    """One unit too few in one SKU is a bug that no count of orders shows."""
    outcome = await run_at(Shop(forget_a_reservation=True), orders)

    assert outcome.code == 1
    assert outcome.report["conservation"]["stockFaults"] == [
        "MUG: reserved 2, confirmed orders hold 3"
    ]


async def test_refused_submissions_are_counted_by_what_the_app_said(orders):
    """A run in which nothing is accepted must not look like a quiet day."""
    outcome = await run_at(Shop(problem="price-mismatch"), orders)

    assert outcome.code == 1
    assert outcome.report["orders"]["refused"] == {"price-mismatch": 2}
    assert "no order was accepted" in outcome.printed


async def test_a_server_error_is_no_refusal(orders):
    """A crash of the app that counted as its opinion on an order would pass unnoticed."""
    outcome = await run_at(Shop(problem="whatever", status_of_problem=500), orders)

    assert outcome.code == 1
    assert outcome.report["orders"]["refused"] == {"no proper answer": 2}
    assert "2 orders got no proper answer" in outcome.printed


async def test_a_wrong_address_is_told_at_once(orders):
    """Waiting a minute for an app that is not there helps nobody."""
    nobody = f"http://127.0.0.1:{Ports.free().functions}"

    with pytest.raises(ApiError, match=f"{nobody}/api/health does not answer"):
        await run(RunOptions(orders, limit=1, ports=Ports(), base_url=nobody), Console(quiet=True))
