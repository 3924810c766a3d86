import io
import json
from typing import Any

from rich.console import Console

from devstack.cli import SAMPLE_ORDERS
from devstack.ports import Ports
from devstack.run import RunOptions, run


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
