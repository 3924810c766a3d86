"""How times are stored."""

from datetime import UTC, datetime


def rfc3339(moment: datetime) -> str:
    """UTC with microseconds and ``Z``, so that text order is time order."""
    return moment.astimezone(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")
