"""The ``serve`` and ``emulators`` commands: the stack, kept running until it is interrupted."""

import asyncio

from rich.console import Console

from devstack.catalogue import GOOD_CARD
from devstack.local import local_stack
from devstack.ports import Ports
from devstack.services import Host
from devstack.stack import Stack

EXAMPLE = """\
curl -X PUT {app}/api/products/MUG-BLUE -H 'Content-Type: application/json' \\
  -d '{{"name": "Blue mug", "price": {{"amount": "7.50", "currency": "GBP"}}, "onHand": 10}}'
curl -i {app}/api/orders -H 'Content-Type: application/json' -H 'Idempotency-Key: first-order' \\
  -d '{{"customerId": "ada", "currency": "GBP", "lines": [{{"sku": "MUG-BLUE", "quantity": 2}}],
       "paymentMethod": "{card}", "shippingAddress": {{"name": "Ada Lovelace",
       "line1": "12 St James Square", "city": "London",
       "postalCode": "SW1Y 4JH", "country": "GB"}}}}'
"""


async def serve(ports: Ports, host: Host | None, console: Console) -> int:
    """Run the stack, without an app if *host* is None, until cancelled.

    Raises:
        PortsError, ServiceError: the stack could not be started or kept running.
    """
    async with local_stack(ports, host, console, keep=True) as stack:
        for name, url in stack.urls.items():
            if host or name != "functions":
                console.print(f"{name:18} {url}")
        console.print(f"{'orders and stock':18} {stack.urls['cosmos']}/_explorer")
        console.print(f"{'events':18} {stack.urls['event_grid']}/_explorer")
        if host is Host.EMULATED:
            console.print(f"{'orchestrations':18} {stack.urls['functions']}/runtime/durable")
        console.print(_what_next(stack, host), markup=False, soft_wrap=True)
        await stack.during(asyncio.Event().wait())
    return 0


def _what_next(stack: Stack, host: Host | None) -> str:
    if host:
        example = EXAMPLE.format(app=stack.base_url, card=GOOD_CARD)
        return f"\nTry:\n\n{example}\nState and logs are in .local; Ctrl-C ends."
    return (
        "\nStart the app with:\n\n"
        "cp local.settings.sample.json local.settings.json\nfunc start\n\n"
        "State and logs are in .local; Ctrl-C ends."
    )
