"""What the form above the list asks, as the address keeps it."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from urllib.parse import urlencode

from multidict import MultiMapping

from emulators.functions_host.durable.management_errors import ManagementError
from emulators.functions_host.durable.queries import InstanceFilter, Place
from emulators.functions_host.durable.records import Instance, Status

_STATUSES = {status.lower(): status for status in Status}


@dataclass(frozen=True, slots=True)
class Question:
    """Every field as it was typed, so that it can be shown again when it is wrong.

    *after* and *before* are instances between which and the list's end or beginning a page lies.
    """

    statuses: tuple[str, ...] = ()
    name: str = ""
    prefix: str = ""
    created_from: str = ""
    created_to: str = ""
    order: str = ""
    after: str = ""
    before: str = ""
    refresh: str = ""

    @classmethod
    def of(cls, query: MultiMapping[str]) -> "Question":
        """Read the address."""
        text = {
            field: query.get(parameter, "").strip()
            for parameter, field in _PARAMETERS.items()
            if field != "statuses"
        }
        return cls(tuple(query.getall("status", [])), **text)

    def parameters(self, **changes: str) -> str:
        """The query string of the same question with *changes*, by the names of the form."""
        own = {parameter: getattr(self, field) for parameter, field in _PARAMETERS.items()}
        wanted: Mapping[str, object] = {**own, **changes}
        return urlencode({name: value for name, value in wanted.items() if value}, doseq=True)

    @property
    def filters(self) -> bool:
        """Whether it asks for less than everything."""
        return any((self.statuses, self.name, self.prefix, self.created_from, self.created_to))

    @property
    def newest_first(self) -> bool:
        return self.order != "oldest"

    def filter(self) -> InstanceFilter:
        """The same for the store.

        Raises:
            ManagementError: 400, a status or a date cannot be read.
        """
        return InstanceFilter(
            _moment(self.created_from, "from"),
            _moment(self.created_to, "to"),
            frozenset(_status(name) for name in self.statuses),
            self.prefix,
            self.name,
        )


_PARAMETERS = {
    "status": "statuses",
    "name": "name",
    "prefix": "prefix",
    "from": "created_from",
    "to": "created_to",
    "order": "order",
    "after": "after",
    "before": "before",
    "refresh": "refresh",
}


def place_text(instance: Instance) -> str:
    """Where a page ends, for the address of the next."""
    return f"{instance.created} {instance.instance_id}"


def read_place(text: str) -> Place | None:
    """Undo :func:`place_text`."""
    created, _, instance_id = text.partition(" ")
    return Place(created, instance_id) if created else None


def _status(name: str) -> Status:
    try:
        return _STATUSES[name.lower()]
    except KeyError:
        raise ManagementError(400, f"There is no status {name!r}.") from None


def _moment(text: str, what: str) -> datetime | None:
    if not text:
        return None
    try:
        moment = datetime.fromisoformat(text)
        return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).astimezone(UTC)
    except (ValueError, OverflowError):
        message = f"Created {what}: {text!r} is no date. Write it like 2026-01-31T03:00."
        raise ManagementError(400, message) from None
