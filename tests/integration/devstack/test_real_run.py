import io
import json
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console

from devstack.cli import SAMPLE_ORDERS
from devstack.ports import Ports
from devstack.run import RunOptions, run
from devstack.via import Via


async def run_a_few(folder: Path, via: Via) -> tuple[dict[str, Any], str]:
    """The one command of the README, with fewer orders: its report, and what it printed."""
    report, printed = folder / "report.json", io.StringIO()
    options = RunOptions(SAMPLE_ORDERS, limit=12, ports=Ports.free(), report=report, via=via)

    code = await run(options, Console(file=printed, width=120))

    assert code == 0, printed.getvalue()
    content: dict[str, Any] = json.loads(report.read_text())
    assert content["orders"]["accepted"] == content["orders"]["submitted"] > 0
    assert content["orders"]["unfinished"] == []
    assert content["usage"]["cosmosRequestsPerOrder"] > 0
    return content, printed.getvalue()


async def test_real_orders_go_from_http_to_a_final_state(tmp_path):
    """What everyone who comes to the project tries first."""
    content, _ = await run_a_few(tmp_path, Via.HTTP)

    assert content["events"] is None


@pytest.mark.slow
async def test_real_orders_go_from_a_topic_to_a_final_state(tmp_path):
    """Doubled, shuffled and with poison among them, and the books balance all the same."""
    content, printed = await run_a_few(tmp_path, Via.EVENTS)

    assert content["events"]["deadLetters"] == content["events"]["poison"] == 1
    assert content["events"]["duplicates"] > 0
    assert "Dead letters match" in printed
