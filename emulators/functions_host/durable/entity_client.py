"""What the management API may do to entities, whoever asks."""

from collections.abc import Sequence

from emulators.functions_host.durable import queries
from emulators.functions_host.durable.engine import DurableEngine
from emulators.functions_host.durable.entity_messages import (
    EntityId,
    EntityRequest,
    new_request_id,
)
from emulators.functions_host.durable.entity_store import Entity
from emulators.functions_host.durable.events import EventType
from emulators.functions_host.durable.management_errors import BadArgument, ManagementError
from emulators.functions_host.durable.queries import EntityFilter


class EntityClient:
    """Signals, reads and lists entities; only their functions change them."""

    def __init__(self, engine: DurableEngine) -> None:
        self._engine = engine
        self._store = engine.store

    def signal(self, entity: EntityId, operation: str, input_: str | None) -> None:
        """Ask *entity* to run *operation* on *input_* (JSON text), some time soon.

        Raises:
            ManagementError: 400, the app has no such entity function.
        """
        if missing := self._engine.functions.missing(EventType.EVENT_SENT, entity.name):
            raise BadArgument(missing)
        self._engine.signal(EntityRequest(entity, operation, input_, id=new_request_id()))

    def read(self, entity: EntityId) -> Entity:
        """The entity as the last finished batch left it.

        Raises:
            ManagementError: 404, it does not exist.
        """
        found = self._store.entities.get(entity)
        if found is None:
            raise ManagementError(404)
        return found

    def list(self, wanted: EntityFilter, *, after: str, top: int) -> Sequence[Entity]:
        """Up to *top* entities that fit, by id, from the one after *after*."""
        return queries.list_entities(self._store.connection, wanted, after=after, top=top)
