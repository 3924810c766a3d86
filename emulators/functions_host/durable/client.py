"""What the management API may do to instances, whoever asks: the rules of ``DurableClient.cs``."""

import unicodedata
import uuid
from collections.abc import Sequence

from emulators.functions_host.durable import events, queries
from emulators.functions_host.durable.engine import DurableEngine
from emulators.functions_host.durable.entity_client import EntityClient
from emulators.functions_host.durable.events import EventType
from emulators.functions_host.durable.management_errors import (
    WENT_WRONG,
    BadArgument,
    ManagementError,
)
from emulators.functions_host.durable.queries import InstanceFilter
from emulators.functions_host.durable.records import Instance, NewInstance, Status

_MAX_ID_LENGTH = 256


class DurableClient:
    """Starts, changes and removes instances; *entities* does what there is to do with entities."""

    def __init__(self, engine: DurableEngine) -> None:
        self.entities = EntityClient(engine)
        self._engine = engine
        self._store = engine.store

    def start(
        self, name: str, instance_id: str | None, input_: str | None, version: str | None
    ) -> str:
        """Start *name* with *input_* (JSON text); returns the instance's id.

        Raises:
            ManagementError: 409, the id is taken by an instance that still runs; 400, no instance
                can have it.
        """
        instance_id = instance_id or uuid.uuid4().hex
        _check_id(instance_id)
        existing = self._store.get_instance(instance_id)
        settings = self._engine.settings
        if existing is not None and existing.active and not settings.restart_running:
            raise ManagementError(
                409, f"An Orchestration instance with the status {existing.status} already exists."
            )
        version = settings.default_version if version is None else version
        new = NewInstance(instance_id, name, uuid.uuid4().hex, input_, version)
        self._engine.create(new)
        return instance_id

    def restart(self, instance_id: str, *, with_new_id: bool) -> str:
        """Start a new instance with the name and input of *instance_id*.

        Raises:
            ManagementError: 400, there is no such instance; 409, it still runs and keeps its id.
        """
        old = self._store.get_instance(instance_id)
        if old is None:
            raise BadArgument(f"An instance with ID {instance_id} was not found.")
        new_id = None if with_new_id else instance_id
        return self.start(old.name, new_id, old.input, old.version)

    def raise_event(self, instance_id: str, name: str, data: str | None) -> None:
        """Send the event *name* with *data* (JSON text)."""
        self.find_running(instance_id)
        self._engine.post(instance_id, events.event(EventType.EVENT_RAISED, Name=name, Input=data))

    def terminate(self, instance_id: str, reason: str) -> None:
        """End the instance now; what it started goes on, unheard."""
        self.find_running(instance_id)
        self._engine.post(instance_id, events.event(EventType.EXECUTION_TERMINATED, Input=reason))

    def suspend(self, instance_id: str, reason: str) -> None:
        """Stop delivering events to the instance until it is resumed."""
        if self.find_running(instance_id).status is Status.SUSPENDED:
            raise ManagementError(500, WENT_WRONG, "The instance is suspended already.")
        self._engine.post(instance_id, events.event(EventType.EXECUTION_SUSPENDED, Reason=reason))

    def resume(self, instance_id: str, reason: str) -> None:
        """Deliver again, starting with what came in meanwhile."""
        if self.find_running(instance_id).status is not Status.SUSPENDED:
            raise ManagementError(500, WENT_WRONG, "The instance is not suspended.")
        self._engine.post(instance_id, events.event(EventType.EXECUTION_RESUMED, Reason=reason))

    def rewind(self, instance_id: str, reason: str) -> None:
        """Run again what failed, so that the instance may go on from there.

        Raises:
            ManagementError: 412, it has not failed.
        """
        instance = self.find(instance_id)
        if instance.status is not Status.FAILED:
            raise ManagementError(412, "Only failed instances can be rewound.")
        self._engine.rewind(instance, reason)

    def purge(self, instance_id: str) -> int:
        """Remove a finished instance."""
        if self.find(instance_id).active:
            raise ManagementError(412, "Only finished instances can be purged.")
        return self._store.purge([instance_id])

    def purge_matching(self, wanted: InstanceFilter) -> int:
        """Remove all finished instances that fit.

        Raises:
            ManagementError: 404, there is none.
        """
        removed = self._store.purge(queries.finished_ids(self._store.connection, wanted))
        if not removed:
            raise ManagementError(404)
        return removed

    def list(self, wanted: InstanceFilter, *, after: str, top: int) -> Sequence[Instance]:
        """Up to *top* instances that fit, by id, from the one after *after*."""
        return queries.list_instances(self._store.connection, wanted, after=after, top=top)

    def find(self, instance_id: str) -> Instance:
        """The instance.

        Raises:
            ManagementError: 404, there is none.
        """
        instance = self._store.get_instance(instance_id)
        if instance is None:
            raise ManagementError(404)
        return instance

    def find_running(self, instance_id: str) -> Instance:
        """The instance, if it can still change.

        Raises:
            ManagementError: 404, there is none; 410, it has ended.
        """
        instance = self.find(instance_id)
        if not instance.active:
            raise ManagementError(410)
        return instance

    async def wait(self, instance_id: str, timeout_seconds: float) -> Instance:
        """The instance once it has ended, or as it is when the time is up."""
        await self._engine.wait_until_over(instance_id, timeout_seconds)
        return self.find(instance_id)

    def history(self, instance_id: str) -> Sequence[events.Event]:
        """All events of the current execution."""
        return [
            event
            for episode in self._store.history(instance_id)
            for event in events.from_json(episode)
        ]


def _check_id(instance_id: str) -> None:
    # DurableClient.cs
    if instance_id.startswith("@"):
        raise BadArgument("Orchestration instance ids must not start with @.")
    if any(one in "/\\#?" or unicodedata.category(one) == "Cc" for one in instance_id):
        raise BadArgument(
            "Orchestration instance ids must not contain /, \\, #, ?, or control characters."
        )
    if len(instance_id) > _MAX_ID_LENGTH:
        raise BadArgument(f"Instance ID lengths must not exceed {_MAX_ID_LENGTH} characters.")
