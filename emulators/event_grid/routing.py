"""A subscription with its topic: who gets what, and in which shape."""

import json
from collections.abc import Sequence
from dataclasses import dataclass

from emulators.event_grid.cloud_events import BATCH, JSON, SINGLE
from emulators.event_grid.config import Config, Subscription, Topic
from emulators.event_grid.event_grid_schema import to_cloud_event
from emulators.event_grid.events import Document
from emulators.event_grid.schemas import CLOUD_EVENTS, DeliverySchema
from emulators.event_grid.store import Delivery


@dataclass(frozen=True, slots=True)
class Route:
    """The way from *topic* to *subscription*."""

    topic: Topic
    subscription: Subscription

    @property
    def id(self) -> str:
        """What names it everywhere."""
        return f"{self.topic.name}/{self.subscription.name}"

    @property
    def schema(self) -> DeliverySchema:
        return self.topic.delivery_schema(self.subscription)

    @property
    def batched(self) -> bool:
        return self.subscription.batching.max_events_per_batch > 1

    def document(self, delivery: Delivery) -> Document:
        """The event in the schema in which the subscription gets it."""
        document: Document = json.loads(delivery.body)
        return to_cloud_event(document) if self._converts else document

    def body(self, deliveries: Sequence[Delivery]) -> tuple[str, str]:
        """The content type and the body of a request with *deliveries*."""
        texts = [
            json.dumps(self.document(one)) if self._converts else one.body for one in deliveries
        ]
        if self.schema == CLOUD_EVENTS and not self.batched:
            return f"{SINGLE}; charset=utf-8", texts[0]
        kind = BATCH if self.schema == CLOUD_EVENTS else JSON
        return f"{kind}; charset=utf-8", f"[{','.join(texts)}]"

    @property
    def _converts(self) -> bool:
        return self.schema == CLOUD_EVENTS and self.topic.input_schema != CLOUD_EVENTS


def routes_of(config: Config) -> list[Route]:
    """Every route there is."""
    return [Route(topic, one) for topic in config.topics for one in topic.subscriptions]
