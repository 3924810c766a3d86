"""What the form above the list of entities asks, as the address keeps it."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from urllib.parse import urlencode

from emulators.functions_host.durable.entity_queries import EntitySearch


@dataclass(frozen=True, slots=True)
class EntityQuestion:
    """Every field as it was typed; *after* and *before* are ids between which a page lies."""

    name: str = ""
    prefix: str = ""
    after: str = ""
    before: str = ""
    refresh: str = ""

    @classmethod
    def of(cls, query: Mapping[str, str]) -> "EntityQuestion":
        """Read the address."""
        # Not stripped: a key may begin or end with a blank.
        return cls(**{field: query.get(field, "") for field in cls.__slots__})

    def parameters(self, **changes: str) -> str:
        """The query string of the same question with *changes*."""
        wanted = {**asdict(self), **changes}
        return urlencode({name: value for name, value in wanted.items() if value})

    @property
    def filters(self) -> bool:
        """Whether it asks for less than everything."""
        return bool(self.name or self.prefix)

    @property
    def search(self) -> EntitySearch:
        """The same for the store."""
        return EntitySearch(self.name, self.prefix)
