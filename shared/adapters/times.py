"""How times are stored."""

from datetime import UTC, datetime


def rfc3339(moment: datetime) -> str:
    """UTC with microseconds and ``Z``, so that text order is time order."""
    return moment.astimezone(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")


def optional_rfc3339(moment: datetime | None) -> str | None:
    """The same, for a time that may be absent."""
    return rfc3339(moment) if moment else None


def optional_moment(text: str | None) -> datetime | None:
    """The time that :func:`optional_rfc3339` wrote."""
    return datetime.fromisoformat(text) if text else None
