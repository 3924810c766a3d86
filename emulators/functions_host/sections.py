"""Parts of host.json; the names in them ignore case, as .NET's configuration does."""

from collections.abc import Iterator, Mapping
from typing import Any

from emulators.functions_host.errors import StartError


class Section(Mapping[str, Any]):
    """One object of host.json."""

    def __init__(self, values: Mapping[str, Any]) -> None:
        self._values = dict(values)
        self._names = {name.lower(): name for name in values}

    def __getitem__(self, name: str) -> Any:
        return self._values[self._names[name.lower()]]

    def __iter__(self) -> Iterator[str]:
        return iter(self._values)

    def __len__(self) -> int:
        return len(self._values)

    def section(self, name: str) -> "Section":
        """The object *name*, empty if it is not there.

        Raises:
            StartError: it is something else than an object.
        """
        value = self.get(name, {})
        if not isinstance(value, dict):
            raise StartError(f"host.json: {name} must be an object")
        return Section(value)


def is_count(value: Any) -> bool:
    """Whether a setting's value is a positive number, which ``true`` is not."""
    return isinstance(value, int) and not isinstance(value, bool) and value > 0
