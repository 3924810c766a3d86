import json
import re
from pathlib import Path

from devstack.ports import Ports
from devstack.services import PAYMENT_EVENTS, backing_services, event_grid


def test_more_subscriptions_come_on_top_of_the_topics_own(tmp_path):
    """A test that listens in must not take the events away from the app."""
    ports = Ports(functions=20_001)
    mine = {"name": "listener", "endpoint": "http://127.0.0.1:20002/hook"}

    event_grid(tmp_path, ports, {"inbound": [mine], "order-events": [mine]})

    topics = json.loads((tmp_path / "event-grid.json").read_text())["topics"]
    subscriptions = {topic["name"]: topic["subscriptions"] for topic in topics}
    assert subscriptions["order-events"] == [mine]
    *own, added = subscriptions["inbound"]
    assert added == mine
    assert all(it["endpoint"].startswith("http://127.0.0.1:20001/") for it in own)
    assert own


def test_the_payment_provider_tells_the_app_what_the_documentation_says():
    """Whoever sets up Stripe ticks these; on this machine nothing else comes either."""
    page = Path("docs/payments.md").read_text().partition("## Webhooks")[2].partition("\n## ")[0]
    documented = re.findall(r"`((?:payment_intent|refund|charge)\.[a-z_.]+)`", page)

    assert tuple(documented) == PAYMENT_EVENTS


def test_the_payment_provider_signs_for_the_app(tmp_path):
    """Wherever that listens."""
    settings = {
        "COSMOS_KEY": "key",
        "APP_CONFIGURATION_CONNECTION_STRING": "Endpoint=http://127.0.0.1:1;Id=local;Secret=c2VjcmV0",
        "PAYMENT_WEBHOOK_SECRET": "whsec_mine",
    }

    *_, payments = backing_services(tmp_path, Ports(functions=20_001), settings)

    command = " ".join(payments.command)
    assert "--webhook http://127.0.0.1:20001/api/webhooks/payments" in command
    assert "--webhook-secret whsec_mine" in command
