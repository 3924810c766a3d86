"""The clock of a task hub, which can be put forward: what waits for days is tried in a moment."""

from datetime import UTC, datetime, timedelta


class HubClock:
    """The time that histories are told in, and that timers fire by. Nothing else goes by it."""

    def __init__(self) -> None:
        self.ahead = timedelta()

    def __call__(self) -> datetime:
        return datetime.now(UTC) + self.ahead


# A process serves one task hub.
utc_now = HubClock()
