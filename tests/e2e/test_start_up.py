"""Starting the app: it either works or says what is missing."""

import os
import subprocess
import sys

import pytest

from devstack.app_settings import app_settings
from devstack.ports import Ports
from devstack.services import ROOT


@pytest.mark.parametrize("name", ["COSMOS_ENDPOINT", "PAYMENT_API_KEY"])
def test_a_missing_setting_stops_the_start_and_is_named(name):
    """The log of the failed start is all that the person on call has."""
    settings = app_settings(ROOT, Ports.free())
    missing = settings.pop(name)
    environment = {key: value for key, value in os.environ.items() if key != name} | settings

    port = str(Ports.free().functions)
    host = subprocess.run(
        [sys.executable, "-m", "emulators.functions_host", "--app", ".", "--port", port],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )

    assert host.returncode != 0
    assert name in host.stderr
    assert missing not in host.stdout + host.stderr


@pytest.mark.slow
async def test_a_catalogue_of_4000_products_is_one_request(shop):
    """Loading it product by product takes an afternoon."""
    price = {"amount": "2.50", "currency": "GBP"}
    products = [
        {"sku": shop.sku(f"N{n}"), "name": f"Product {n}", "price": price, "onHand": n}
        for n in range(4_000)
    ]

    answer = await shop.ask("POST", "/api/products/import", json={"products": products})

    assert (answer.status, answer.body) == (200, {"created": 4_000, "updated": 0})
    assert await shop.level("N3999") == (3_999, 0)
