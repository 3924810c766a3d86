"""Addresses of the pages; each carries the key with which the browser came, if it needs one."""

from dataclasses import dataclass
from typing import Final
from urllib.parse import urlencode

from emulators.functions_host.durable.entity_messages import EntityId

PAGES_PATH: Final = "/runtime/durable"


@dataclass(frozen=True, slots=True)
class Links:
    """Ids travel in the query: browsers would resolve an id like ``..`` in a path."""

    code: str = ""

    @property
    def css(self) -> str:
        """The style sheet, which opens without a key."""
        return f"{PAGES_PATH}/pages.css"

    def list(self, question: str = "", **parameters: object) -> str:
        """The list; *question* is a query string."""
        return self._to("", question, parameters)

    def purge(self, question: str) -> str:
        """Removing all that *question*, a query string, finds."""
        return self._to("/purge", question, {})

    def instance(self, instance_id: str, **parameters: object) -> str:
        """One instance."""
        return self._to("/instance", "", {"id": instance_id, **parameters})

    def action(self, name: str, instance_id: str) -> str:
        """Where the form of an action goes."""
        return self._to(f"/instance/{name}", "", {"id": instance_id})

    def entities(self, question: str = "", **parameters: object) -> str:
        """The list of entities; *question* is a query string."""
        return self._to("/entities", question, parameters)

    def entity(self, entity: EntityId, **parameters: object) -> str:
        """One entity."""
        return self._to("/entity", "", {"name": entity.name, "key": entity.key, **parameters})

    def entity_action(self, name: str, entity: EntityId) -> str:
        """Where the form of an entity's action goes."""
        return self._to(f"/entity/{name}", "", {"name": entity.name, "key": entity.key})

    def _to(self, path: str, question: str, parameters: dict[str, object]) -> str:
        if self.code:
            parameters = {**parameters, "code": self.code}
        query = "&".join(part for part in (question, urlencode(parameters)) if part)
        return f"{PAGES_PATH}{path}" + (f"?{query}" if query else "")
