"""What the functions of Bicep answer, where that can be told before anything is deployed."""

import hashlib
import ipaddress
import json
from collections.abc import Callable, Mapping
from functools import cmp_to_key
from pathlib import Path
from typing import Any
from uuid import NAMESPACE_URL, uuid5

from tests.infra.bicep.tokens import BicepError

SUBSCRIPTION = "/subscriptions/00000000-0000-0000-0000-000000000000"


class Runtime(str):
    """What only Azure knows, once it is deployed: it has any member, and is named by its path."""

    __slots__ = ()


class Refused(Exception):
    """``fail()`` was called."""


def member(value: Any, key: Any, *, optional: bool = False) -> Any:
    """``value.key`` or ``value[key]``."""
    if isinstance(value, Runtime):
        return Runtime(f"{value}.{key}")
    if optional and value is None:
        return None
    if isinstance(value, Mapping | list):
        try:
            return value[key]
        except (KeyError, IndexError):
            if optional:
                return None
            raise BicepError(f"{key!r} is not in {str(value)[:80]}") from None
    if hasattr(value, "member"):
        return value.member(key)
    raise BicepError(f"{value!r} has no {key!r}")


def text_of(value: Any) -> str:
    """As in an interpolated string."""
    if isinstance(value, bool):
        return "True" if value else "False"
    return value if isinstance(value, str) else json.dumps(value)


def _load(names: Mapping[str, Any], path: str) -> Any:
    return json.loads((Path(names["#folder"]) / path).read_text(encoding="utf-8"))


def _union(_: Any, *values: Any) -> Any:
    if all(isinstance(value, Mapping) for value in values):
        merged: dict[str, Any] = {}
        for value in values:
            for key, item in value.items():
                both = isinstance(item, Mapping) and isinstance(merged.get(key), Mapping)
                merged[key] = _union(None, merged[key], item) if both else item
        return merged
    return list({json.dumps(item): item for value in values for item in value}.values())


def _contains(_: Any, where: Any, what: Any) -> bool:
    return isinstance(where, Runtime) or what in where


def _to_object(_: Any, items: list[Any], key: Callable[..., str], *value: Any) -> dict[str, Any]:
    return {key(item): value[0](item) if value else item for item in items}


def _fail(_: Any, message: str) -> Any:
    raise Refused(message)


def _subnet(_: Any, prefix: str, length: int, index: int) -> str:
    return str(list(ipaddress.ip_network(prefix).subnets(new_prefix=length))[index])


def _map(_: Any, items: list[Any], each: Callable[..., Any]) -> list[Any]:
    return [each(item, index) for index, item in enumerate(items)]


def _filter(_: Any, items: list[Any], wanted: Callable[..., bool]) -> list[Any]:
    return [item for index, item in enumerate(items) if wanted(item, index)]


def _reduce(_: Any, items: list[Any], start: Any, step: Callable[..., Any]) -> Any:
    for index, item in enumerate(items):
        start = step(start, item, index)
    return start


def _sort(_: Any, items: list[Any], before: Callable[..., bool]) -> list[Any]:
    return sorted(items, key=cmp_to_key(lambda a, b: -1 if before(a, b) else int(before(b, a))))


def _at(items: list[Any], what: Any) -> int:
    return items.index(what) if what in items else -1


def _resource_id(_: Any, *parts: str) -> str:
    *where, kind = parts[: next(i for i, part in enumerate(parts) if "/" in part) + 1]
    group = f"/resourceGroups/{where[-1]}" if where else ""
    return f"{SUBSCRIPTION}{group}/providers/{kind}/{'/'.join(parts[len(where) + 1 :])}"


FUNCTIONS: Mapping[str, Callable[..., Any]] = {
    "array": lambda _, value: value if isinstance(value, list) else [value],
    "any": lambda _, value: value,
    "bool": lambda _, value: value if isinstance(value, bool) else value.lower() == "true",
    "cidrSubnet": _subnet,
    "coalesce": lambda _, *values: next((value for value in values if value is not None), None),
    "concat": lambda _, *lists: [item for items in lists for item in items],
    "contains": _contains,
    "deployer": lambda _: {"objectId": "principal-of-deployer"},
    "empty": lambda _, value: not value,
    "endsWith": lambda _, text, end: text.endswith(end),
    "environment": lambda _: {"suffixes": {"storage": "core.windows.net"}},
    "fail": _fail,
    "filter": _filter,
    "first": lambda _, items: items[0],
    "flatten": lambda _, lists: [item for items in lists for item in items],
    "guid": lambda _, *parts: str(uuid5(NAMESPACE_URL, "|".join(map(str, parts)))),
    "indexOf": lambda _, where, what: (
        where.find(what) if isinstance(where, str) else _at(where, what)
    ),
    "int": lambda _, value: int(value),
    "intersection": lambda _, first, *more: [it for it in first if all(it in m for m in more)],
    "items": lambda _, value: [{"key": key, "value": value[key]} for key in sorted(value)],
    "join": lambda _, items, by: by.join(items),
    "last": lambda _, items: items[-1],
    "length": lambda _, value: len(value),
    "list": lambda _, of, version: Runtime(f"list({of}, {version})"),
    "loadJsonContent": _load,
    "map": _map,
    "max": lambda _, *values: max(*values),
    "min": lambda _, *values: min(*values),
    "objectKeys": lambda _, value: list(value),
    "padLeft": lambda _, value, length, by=" ": str(value).rjust(length, by),
    "range": lambda _, start, count: list(range(start, start + count)),
    "reduce": _reduce,
    "replace": lambda _, text, old, new: text.replace(old, new),
    "resourceGroup": lambda names: names["#group"],
    "resourceId": _resource_id,
    "skip": lambda _, value, count: value[count:],
    "sort": _sort,
    "split": lambda _, text, by: text.split(by),
    "startsWith": lambda _, text, start: text.startswith(start),
    "string": lambda _, value: value if isinstance(value, str) else json.dumps(value),
    "substring": lambda _, text, start, length=None: text[start:][:length],
    "subscription": lambda _: {"id": SUBSCRIPTION, "subscriptionId": SUBSCRIPTION[15:]},
    "subscriptionResourceId": lambda _, kind, name: f"{SUBSCRIPTION}/providers/{kind}/{name}",
    "take": lambda _, value, count: value[:count],
    "tenant": lambda _: {"tenantId": "tenant"},
    "toLower": lambda _, text: text.lower(),
    "toObject": _to_object,
    "toUpper": lambda _, text: text.upper(),
    "trim": lambda _, text: text.strip(),
    "union": _union,
    "uniqueString": lambda _, *parts: (
        "u" + hashlib.sha256("|".join(parts).encode()).hexdigest()[:12]
    ),
}
