"""HTML of topics and subscriptions; whatever comes from outside is escaped."""

import json
from datetime import UTC, datetime, timedelta
from itertools import islice
from pathlib import Path
from typing import Any, Final

from yarl import URL

from emulators.event_grid import backlog
from emulators.event_grid.courier import Courier
from emulators.event_grid.handlers import EventGrid
from emulators.event_grid.handshake import AWAITING_MANUAL_ACTION, FAILED, PENDING
from emulators.event_grid.report import report
from emulators.pages import formats, templates

FOLDER: Final = Path(__file__).parent
SHOWN: Final = 50
FAILURES_SHOWN: Final = 10
# Whatever else stands in the query of an endpoint may be a key; so may what stands before an @.
_SHOWN_PARAMETERS: Final = ("functionname",)
_BADGES: Final = {PENDING: "pending", AWAITING_MANUAL_ACTION: "suspended", FAILED: "failed"}


class Pages:
    """Every page, as of now."""

    def __init__(self, grid: EventGrid) -> None:
        self._grid = grid
        self._templates = templates(FOLDER / "templates")
        self._templates.filters.update(
            address=address,
            clock=lambda moment: formats.clock(_time(moment)),
            duration=lambda seconds: formats.duration(timedelta(seconds=seconds)),
            iso=lambda moment: _time(moment).isoformat(),
            readable=formats.exact,
            stamp=lambda moment: formats.stamp(_time(moment)),
        )

    def overview(self, url: str, *, refresh: bool) -> str:
        """All topics with their subscriptions."""
        topics = [
            (topic, [one for one in self._grid.couriers.values() if one.route.topic is topic])
            for topic in self._grid.config.topics
        ]
        return self._render("overview.html", url=url, refresh=refresh, topics=topics)

    def subscription(self, courier: Courier, *, refresh: bool) -> str:
        """One subscription: what it is, its queue, what happened last."""
        connection, name = self._grid.store.connection, courier.route.id
        return self._render(
            "subscription.html",
            refresh=refresh,
            courier=courier,
            settings=_settings(courier),
            queue=backlog.queue(connection, name, SHOWN),
            dropped=backlog.dropped(connection, name, SHOWN),
            failures=list(islice(courier.stats.failures, FAILURES_SHOWN)),
            recent=list(courier.stats.recent),
        )

    def missing(self, name: str) -> str:
        """There is no such subscription."""
        return self._render("missing.html", name=name, refresh=False)

    def _render(self, template: str, **context: Any) -> str:
        return self._templates.get_template(template).render(
            report=report(self._grid),
            now=self._grid.clock.now(),
            speed=self._grid.clock.speed,
            badge=badge,
            **context,
        )


def badge(courier: Courier) -> tuple[str, str]:
    """What a subscription is doing: the kind of its badge, and the text."""
    state = courier.handshake.state
    if state in _BADGES:
        return _BADGES[state], state
    if courier.paused:
        return "suspended", "Paused"
    if courier.on_probation:
        return "failed", "On probation"
    return "completed", "Active"


def _settings(courier: Courier) -> dict[str, str]:
    """The configuration of a subscription, without its secrets."""
    subscription = courier.route.subscription
    parts = {
        "Filter": subscription.filter,
        "Retry policy": subscription.retry_policy,
        "Batching": subscription.batching,
    }
    shown = {
        name: json.dumps(part.model_dump(by_alias=True, exclude_unset=True), indent=2)
        for name, part in parts.items()
    }
    return {name: text for name, text in shown.items() if text != "{}"}


def address(endpoint: str) -> str:
    """*endpoint* without what may be a key."""
    url = URL(endpoint, encoded=True)
    shown = [
        f"{name}={value if name.lower() in _SHOWN_PARAMETERS else '…'}"
        for name, value in url.query.items()
    ]
    return f"{url.with_user(None).with_query(None)}{'?' if shown else ''}{'&'.join(shown)}"


def _time(moment: float) -> datetime:
    return datetime.fromtimestamp(moment, UTC)
