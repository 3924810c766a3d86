"""Partial update of a document: parsed whole, then applied to a copy that failure throws away."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Final, TypeAlias

from emulators.cosmos.documents import SYSTEM_PROPERTIES, Document, as_document
from emulators.cosmos.errors import BadRequest
from emulators.cosmos.partition import Path
from emulators.cosmos.sql.errors import SqlError
from emulators.cosmos.sql.query import prepare_condition

MAX_OPERATIONS: Final = 10
_INCREMENTS: Final = frozenset({"incr", "increment"})
_VALUED: Final = frozenset({"add", "set", "replace"}) | _INCREMENTS
_OPERATIONS: Final = _VALUED | {"remove", "move"}
_MISSING: Final = object()

Parent: TypeAlias = dict[str, Any] | list[Any]


def parse_pointer(text: Any) -> Path:
    """``/a/b~1c/0`` as ``("a", "b/c", "0")``.

    Raises:
        BadRequest: it is no path.
    """
    if not isinstance(text, str) or not text.startswith("/") or text == "/":
        raise BadRequest(f"The patch path {text!r} is not valid.")
    return tuple(part.replace("~1", "/").replace("~0", "~") for part in text[1:].split("/"))


@dataclass(frozen=True, slots=True)
class Operation:
    """One operation; *source* is where ``move`` takes the value from."""

    name: str
    path: Path
    value: Any = None
    source: Path = ()


@dataclass(frozen=True, slots=True)
class Patch:
    """Up to ten operations and the condition under which they happen."""

    operations: tuple[Operation, ...]
    condition: Callable[[Any], bool] | None

    def holds(self, document: Document) -> bool:
        """Whether the condition is true of the stored *document*.

        Raises:
            BadRequest: evaluating it shows that it is not valid.
        """
        if self.condition is None:
            return True
        try:
            return self.condition(document)
        except (SqlError, RecursionError) as error:
            raise BadRequest(str(error)) from error

    def apply(self, document: Document, key_paths: Sequence[Path]) -> None:
        """Change *document*, which is worthless if this raises.

        Raises:
            BadRequest: a path may not be changed, or does not lead anywhere.
        """
        for operation in self.operations:
            for path in filter(None, (operation.path, operation.source)):
                _check_changeable(path, key_paths)
            _APPLY[operation.name](document, operation)


def parse_patch(body: Any) -> Patch:
    """Read ``{"operations": [...], "condition": "from c where ..."}``; a bare list is accepted too.

    Raises:
        BadRequest: says what is wrong.
    """
    given = {"operations": body} if isinstance(body, list) else as_document(body)
    operations = given.get("operations")
    if not isinstance(operations, list) or not operations:
        raise BadRequest("A patch needs a list of operations.")
    if len(operations) > MAX_OPERATIONS:
        raise BadRequest(f"A patch has at most {MAX_OPERATIONS} operations.")
    return Patch(tuple(map(_parse_operation, operations)), _parse_condition(given.get("condition")))


def _parse_condition(text: Any) -> Callable[[Any], bool] | None:
    if text is None:
        return None
    if not isinstance(text, str):
        raise BadRequest("The condition of a patch must be a string.")
    try:
        return prepare_condition(text)
    except SqlError as error:
        raise BadRequest(f"The condition of the patch is not valid. {error}") from error


def _parse_operation(given: Any) -> Operation:
    name = as_document(given).get("op")
    if not isinstance(name, str) or name.lower() not in _OPERATIONS:
        raise BadRequest(f"The patch operation {name!r} is not known.")
    name = name.lower()
    if name in _VALUED and "value" not in given:
        raise BadRequest(f"The patch operation {name!r} needs a value.")
    if name in _INCREMENTS and type(given["value"]) not in (int, float):
        raise BadRequest("The patch operation 'incr' needs a number.")
    source = parse_pointer(given.get("from")) if name == "move" else ()
    return Operation(name, parse_pointer(given.get("path")), given.get("value"), source)


def _check_changeable(path: Path, key_paths: Sequence[Path]) -> None:
    if path == ("id",) or path[0] in SYSTEM_PROPERTIES:
        raise BadRequest(f"The property {path[0]!r} cannot be patched.")
    for key in key_paths:
        if path[: len(key)] == key[: len(path)]:
            raise BadRequest(f"The partition key {'/'.join(key)!r} cannot be patched.")


def _parent(document: Document, path: Path) -> Parent:
    value: Any = document
    for name in path[:-1]:
        value = _get(value, name)
        if not isinstance(value, (dict, list)):
            raise BadRequest(f"The patch path /{'/'.join(path)} has no parent.")
    parent: Parent = value
    return parent


def _position(name: str, items: list[Any], last: int) -> int:
    if not (name.isascii() and name.isdigit()) or len(name) > 9 or int(name) > last:
        raise BadRequest(f"The patch path leads to {name!r} of an array of {len(items)} elements.")
    return int(name)


def _get(parent: Any, name: str) -> Any:
    if isinstance(parent, dict):
        return parent.get(name, _MISSING)
    return parent[_position(name, parent, len(parent) - 1)]


def _existing(document: Document, path: Path) -> tuple[Parent, Any]:
    parent = _parent(document, path)
    value = _get(parent, path[-1])
    if value is _MISSING:
        raise BadRequest(f"The patch path /{'/'.join(path)} does not exist.")
    return parent, value


def _put(parent: Parent, name: str, value: Any) -> None:
    if isinstance(parent, dict):
        parent[name] = value
    else:
        parent[_position(name, parent, len(parent) - 1)] = value


def _take(document: Document, path: Path) -> Any:
    parent, value = _existing(document, path)
    if isinstance(parent, dict):
        del parent[path[-1]]
    else:
        del parent[int(path[-1])]
    return value


def _insert(document: Document, path: Path, value: Any) -> None:
    parent, name = _parent(document, path), path[-1]
    if isinstance(parent, dict):
        parent[name] = value
    else:
        parent.insert(len(parent) if name == "-" else _position(name, parent, len(parent)), value)


def _add(document: Document, operation: Operation) -> None:
    _insert(document, operation.path, operation.value)


def _set(document: Document, operation: Operation) -> None:
    parent, name = _parent(document, operation.path), operation.path[-1]
    if isinstance(parent, list) and name in ("-", str(len(parent))):
        parent.append(operation.value)
    else:
        _put(parent, name, operation.value)


def _replace(document: Document, operation: Operation) -> None:
    parent, _ = _existing(document, operation.path)
    _put(parent, operation.path[-1], operation.value)


def _remove(document: Document, operation: Operation) -> None:
    _take(document, operation.path)


def _increment(document: Document, operation: Operation) -> None:
    parent, name = _parent(document, operation.path), operation.path[-1]
    value = _get(parent, name)
    if value is _MISSING:
        value = 0
    if type(value) not in (int, float):
        raise BadRequest(
            f"The patch path /{'/'.join(operation.path)} holds no number to increment."
        )
    _put(parent, name, value + operation.value)


def _move(document: Document, operation: Operation) -> None:
    if operation.path[: len(operation.source)] == operation.source != operation.path:
        raise BadRequest("The path of a move cannot be inside what it moves.")
    value = _take(document, operation.source)
    _insert(document, operation.path, value)


_APPLY: Final[dict[str, Callable[[Document, Operation], None]]] = {
    "add": _add,
    "set": _set,
    "replace": _replace,
    "remove": _remove,
    "incr": _increment,
    "increment": _increment,
    "move": _move,
}
