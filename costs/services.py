"""What everything else costs: storage, events, logs, configuration."""

from collections.abc import Iterator

from costs import durable
from costs.compute import Work
from costs.lines import DAYS_PER_MONTH, GIGABYTE, Case, Line

# For the tables of Application Insights; others have 31.
INCLUDED_LOG_DAYS = 90
SECRETS = 2
# What the Functions host writes down of a timer on each run; the local one keeps it elsewhere.
TIMER_STATUS_WRITES = 1


def storage(case: Case) -> Iterator[Line]:
    """The task hub, dead letters, histories."""
    idle, hours = case.idle, case.month.hours
    always, each = durable.of_a_month(hours), durable.of_an_order(case.usage)
    writes = hours * (
        idle.blob_lists + idle.blob_writes + TIMER_STATUS_WRITES * idle.timer_executions
    )
    yield Line("Storage", "polling queues", "storage.queue.operation", always.queue, True)
    yield Line(
        "Storage", "partitions of the task hub", "storage.table.operation", always.table, True
    )
    yield Line("Storage", "timers, looking for dead letters", "storage.blob.write", writes, True)
    yield Line("Storage", "timers: reads", "storage.blob.read", hours * idle.blob_reads, True)
    yield Line(
        "Storage", "messages of sagas", "storage.queue.operation", case.orders * each.queue, False
    )
    yield Line(
        "Storage", "histories of sagas", "storage.table.operation", case.orders * each.table, False
    )
    kept = case.choices.retention_days / DAYS_PER_MONTH
    gigabytes = case.orders * case.usage.history_bytes * kept / GIGABYTE
    yield Line("Storage", "histories kept: GB", "storage.table.gb-month", gigabytes, False)


def event_grid(case: Case) -> Iterator[Line]:
    """Operations: each event published, matched by an advanced filter, delivered."""
    usage, subscribers = case.usage, case.month.assumptions.subscribers
    out = usage.published * (1 + subscribers)
    # Published, matched by an advanced filter, delivered.
    into = usage.received * 3
    yield Line("Event Grid", "events that go out", "event-grid.operation", case.orders * out, False)
    yield Line(
        "Event Grid", "events that come in", "event-grid.operation", case.orders * into, False
    )


def logs(case: Case, works: list[Work]) -> Iterator[Line]:
    """What Application Insights is sent, and how long it stays."""
    assumptions, usage = case.month.assumptions, case.usage
    share = case.choices.sampling / 100
    timers = case.idle.timer_executions * case.month.hours
    requests = sum(work.executions for work in works)
    sampled = case.orders * (usage.log_lines + usage.activities) * share
    items = {True: timers, False: requests + sampled}
    extra = max(0.0, case.choices.retention_days - INCLUDED_LOG_DAYS) / DAYS_PER_MONTH
    for fixed, count in items.items():
        gigabytes = count * assumptions.bytes_per_telemetry_item / GIGABYTE
        what = "of the timers" if fixed else "of orders"
        yield Line("Logs", f"{what}: GB taken in", "logs.ingestion.gb", gigabytes, fixed)
        yield Line(
            "Logs", f"{what}: GB kept longer", "logs.retention.gb-month", gigabytes * extra, fixed
        )


def other(case: Case) -> Iterator[Line]:
    """Flags and secrets."""
    days = case.month.hours / 24
    yield Line("App Configuration", "the store: days", "configuration.standard.day", days, True)
    yield Line("Key Vault", "references, read daily", "vault.operation", days * SECRETS, True)
