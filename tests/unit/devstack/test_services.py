import json

from devstack.ports import Ports
from devstack.services import event_grid


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
