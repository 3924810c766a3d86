"""How the relay fares, beside the leases of the change feed.

The trigger finds its leases by their prefix, so these documents do not disturb it.
"""

from collections.abc import Sequence
from datetime import datetime

from azure.cosmos.aio import ContainerProxy

from shared.adapters.cosmos_errors import translated_errors
from shared.adapters.milestone_documents import Document
from shared.adapters.times import optional_moment, optional_rfc3339, rfc3339
from shared.application.ports import WorkerProgress

_ID_PREFIX = "outbox-relay-"
_TTL_SECONDS = 600

# Across partitions, for operators only: there are as many documents as workers and leases.
_WORKERS = "SELECT * FROM c WHERE STARTSWITH(c.id, @prefix)"
_PARAMETERS: list[dict[str, object]] = [{"name": "@prefix", "value": _ID_PREFIX}]


class CosmosRelayProgress:
    """The ``RelayProgress`` port."""

    def __init__(self, leases: ContainerProxy) -> None:
        self._leases = leases

    async def report(self, progress: WorkerProgress) -> None:
        with translated_errors():
            await self._leases.upsert_item(_document(progress))

    async def workers(self) -> Sequence[WorkerProgress]:
        with translated_errors():
            found = [
                _progress(document)
                async for document in self._leases.query_items(_WORKERS, parameters=_PARAMETERS)
            ]
        return sorted(found, key=lambda progress: progress.worker)


def _document(progress: WorkerProgress) -> Document:
    return {
        "id": _ID_PREFIX + progress.worker,
        "ttl": _TTL_SECONDS,
        "worker": progress.worker,
        "reportedAt": rfc3339(progress.reported_at),
        "lagSeconds": progress.lag_seconds,
        "published": progress.published,
        "oldestUnpublished": optional_rfc3339(progress.oldest_unpublished),
        "failingSince": optional_rfc3339(progress.failing_since),
        "lastError": progress.last_error,
    }


def _progress(document: Document) -> WorkerProgress:
    return WorkerProgress(
        worker=document["worker"],
        reported_at=datetime.fromisoformat(document["reportedAt"]),
        lag_seconds=document["lagSeconds"],
        published=document["published"],
        oldest_unpublished=optional_moment(document["oldestUnpublished"]),
        failing_since=optional_moment(document["failingSince"]),
        last_error=document["lastError"],
    )
