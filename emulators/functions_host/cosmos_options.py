"""What a ``cosmosDBTrigger`` binding says, by the names of extension 4.x."""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from emulators.functions_host.connections import check_cosmos
from emulators.functions_host.errors import StartError
from emulators.functions_host.functions import LoadedFunction


@dataclass(frozen=True, slots=True)
class Place:
    """A container: the connection of its account, its database and its name."""

    connection: str
    database: str
    container: str


@dataclass(frozen=True, slots=True)
class CosmosOptions:
    """One trigger. *start* is where a feed without a lease begins: Now, Beginning or a time."""

    monitored: Place
    leases: Place
    prefix: str
    creates_leases: bool
    leases_throughput: int | None
    start: str | datetime
    most_items: int | None
    poll_seconds: float
    acquire_seconds: float
    renew_seconds: float
    expire_seconds: float


def read_options(function: LoadedFunction) -> CosmosOptions:
    """Read and check the trigger of *function*.

    Raises:
        StartError: it contradicts itself, or a setting is missing.
    """
    trigger = function.trigger
    for property_ in ("connection", "leaseConnection"):
        check_cosmos(function.name, trigger, property_)
    monitored = Place(*(str(trigger[one]) for one in _MONITORED))
    given = (trigger.get(one) for one in ("leaseConnection", "leaseDatabaseName"))
    connection, database = (
        str(own or default)
        for own, default in zip(given, (monitored.connection, monitored.database), strict=True)
    )
    leases = Place(connection, database, str(trigger.get("leaseContainerName") or "leases"))
    if leases == monitored:
        raise StartError(
            f"function {function.name}: The monitored container cannot be the same as the "
            "container storing the leases."
        )
    throughput, most = (
        _number(function, one) for one in ("leasesContainerThroughput", "maxItemsPerInvocation")
    )
    return CosmosOptions(
        monitored=monitored,
        leases=leases,
        prefix=str(trigger.get("leaseContainerPrefix") or ""),
        creates_leases=_flag(trigger.get("createLeaseContainerIfNotExists")),
        leases_throughput=throughput,
        start=_start(function),
        most_items=most if most and most > 0 else None,
        poll_seconds=_seconds(function, "feedPollDelay", 5_000),
        acquire_seconds=_seconds(function, "leaseAcquireInterval", 13_000),
        renew_seconds=_seconds(function, "leaseRenewInterval", 17_000),
        expire_seconds=_seconds(function, "leaseExpirationInterval", 60_000),
    )


_MONITORED = ("connection", "databaseName", "containerName")


def _start(function: LoadedFunction) -> str | datetime:
    beginning, moment = (
        function.trigger.get(name) for name in ("startFromBeginning", "startFromTime")
    )
    if _flag(beginning) and moment:
        raise StartError(
            f"function {function.name}: Only one of StartFromBeginning or StartFromTime can be used"
        )
    if not moment:
        return "Beginning" if _flag(beginning) else "Now"
    try:
        start = datetime.fromisoformat(str(moment))
    except ValueError as error:
        raise StartError(
            f"function {function.name}: The specified StartFromTime parameter {moment!r} is not in "
            "the ISO 8601 format"
        ) from error
    return start.replace(tzinfo=UTC) if start.tzinfo is None else start.astimezone(UTC)


def _flag(value: Any) -> bool:
    return str(value).lower() == "true"


def _seconds(function: LoadedFunction, name: str, default_milliseconds: int) -> float:
    value = _number(function, name)
    return (default_milliseconds if value is None else value) / 1000


def _number(function: LoadedFunction, name: str) -> int | None:
    value = function.trigger.get(name)
    if value is None:
        return None
    try:
        return int(value)
    except (TypeError, ValueError) as error:
        raise StartError(f"function {function.name}: {name} {value!r} is no number") from error
