"""The README's examples, run as they stand, against the running app."""

import asyncio
import json
import re
import shutil
from pathlib import Path
from typing import Any

import pytest

from tests.shop import Shop, eventually

DEFAULT_URLS = {"functions": "http://127.0.0.1:7071", "event_grid": "http://127.0.0.1:60101"}
README = Path("README.md").read_text()
EXAMPLES = re.findall(r"```bash\n(.*?)```", README, flags=re.DOTALL)


async def run(script: str, urls: dict[str, str]) -> str:
    """What a reader would see who pastes *script* into a shell."""
    for name, url in DEFAULT_URLS.items():
        script = script.replace(url, urls[name])
    process = await asyncio.create_subprocess_shell(script, stdout=asyncio.subprocess.PIPE)
    output, _ = await process.communicate()
    assert process.returncode == 0
    return output.decode()


@pytest.mark.skipif(shutil.which("curl") is None, reason="the examples use curl")
async def test_the_examples_work_as_they_stand(shop, emulated):
    """The first thing a newcomer tries must not be the first thing that fails."""
    put, submit = [await run(example, emulated) for example in EXAMPLES[:2]]
    head, _, body = submit.replace("\r\n", "\n").partition("\n\n")
    order: Any = json.loads(body)
    final = await shop.settled(order["id"])  # sooner than a reader gets to the next example

    look, refund, publish, ready = [await run(example, emulated) for example in EXAMPLES[2:]]

    assert json.loads(put)["available"] == 100
    assert "202" in head.splitlines()[0]
    assert order["links"]["self"] in README
    assert order["id"] in look
    assert "OrderSubmitted" in look
    assert "200" in publish.splitlines()[0]
    assert json.loads(ready)["status"] == "ok"
    assert final["status"] == "Confirmed"
    assert json.loads(refund)["amount"] == {"amount": "12.50", "currency": "GBP"}
    await eventually(lambda: on_hand(shop, "MUG-BLUE", 244))


async def on_hand(shop: Shop, sku: str, count: int) -> bool:
    """Whether there are so many."""
    return bool((await shop.ask("GET", f"/api/products/{sku}")).body["onHand"] == count)
