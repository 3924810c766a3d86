"""How orders get to the app: over HTTP, or as events of a topic."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from devstack.services import EVENT_GRID

INBOUND = "inbound"


class Via(StrEnum):
    """The two ways in."""

    HTTP = "http"
    EVENTS = "events"


@dataclass(frozen=True, slots=True)
class TopicAddress:
    """An Event Grid topic and what opens it."""

    endpoint: str
    key: str


def inbound_topic(urls: Mapping[str, str]) -> TopicAddress:
    """The stack's own topic for incoming events."""
    topics = json.loads(EVENT_GRID.read_text(encoding="utf-8"))["topics"]
    key = next(str(topic["key"]) for topic in topics if topic["name"] == INBOUND)
    return TopicAddress(f"{urls['event_grid']}/{INBOUND}/api/events", key)
