import asyncio
import io
import json
from typing import Any

import aiohttp
import pytest
from rich.console import Console

from devstack.cli import SAMPLE_ORDERS
from devstack.ports import Ports
from devstack.report import Report
from devstack.retail import select
from devstack.retail_file import read_rows
from devstack.run import OrderRun, RunOptions, run
from devstack.stack import Stack


async def test_real_orders_go_from_http_to_a_final_state(tmp_path):
    """The one command of the README, with fewer orders."""
    report, printed = tmp_path / "report.json", io.StringIO()
    options = RunOptions(SAMPLE_ORDERS, limit=12, ports=Ports.free(), report=report)

    code = await run(options, Console(file=printed, width=120))

    assert code == 0, printed.getvalue()
    content: dict[str, Any] = json.loads(report.read_text())
    assert content["orders"]["accepted"] == content["orders"]["submitted"] > 0
    assert content["orders"]["unfinished"] == []
    assert content["usage"]["cosmosRequestsPerOrder"] > 0


@pytest.mark.slow
@pytest.mark.parametrize("victim", ["functions", "cosmos", "payments"])
async def test_a_crash_in_the_middle_loses_and_doubles_nothing(tmp_path, victim):
    """Every accepted order ends, its stock is held once and its payment is captured once."""
    async with Stack(tmp_path, Ports.free()) as stack:
        running = asyncio.create_task(drive(stack, limit=60))
        await payments_reach(5, stack)

        await stack.kill(victim)
        await stack.start(victim)
        report = await running

    assert report.failures == []
    assert len(report.accepted) == len(report.purchases)


async def drive(stack: Stack, limit: int) -> Report:
    """Put the first invoices of the sample through *stack*."""
    options = RunOptions(SAMPLE_ORDERS, limit, stack.ports)
    selection = select(read_rows(SAMPLE_ORDERS), limit)
    return await OrderRun(options, selection, Console(quiet=True), stack).against(stack.urls)


async def payments_reach(count: int, stack: Stack) -> None:
    """Wait until the run is well under way."""
    async with aiohttp.ClientSession() as session:
        while True:
            async with session.get(f"{stack.urls['payments']}/_emulator/ledger") as answer:
                if len((await answer.json())["payments"]) >= count:
                    return
            await asyncio.sleep(0.02)
