"""Names what a request asks for."""

from collections.abc import Mapping
from typing import Final

from emulators.cosmos.address import Address
from emulators.cosmos.errors import Unsupported

_DATABASES: Final = ("dbs",)
_CONTAINERS: Final = ("dbs", "colls")
_ITEMS: Final = ("dbs", "colls", "docs")
_CONFLICTS: Final = ("dbs", "colls", "conflicts")
_OPERATIONS: Final = ("dbs", "colls", "operations")
_OFFERS: Final = ("offers",)
_PARTITION_DELETE: Final = "partitionkeydelete"
_OF_ONE: Final = {
    ("GET", ()): "ReadAccount",
    ("GET", _DATABASES): "ReadDatabase",
    ("DELETE", _DATABASES): "DeleteDatabase",
    ("GET", _CONTAINERS): "ReadContainer",
    ("PUT", _CONTAINERS): "ReplaceContainer",
    ("DELETE", _CONTAINERS): "DeleteContainer",
    ("GET", _ITEMS): "Read",
    ("PUT", _ITEMS): "Replace",
    ("PATCH", _ITEMS): "Patch",
    ("DELETE", _ITEMS): "Delete",
    ("GET", _CONFLICTS): "ReadConflict",
    ("DELETE", _CONFLICTS): "DeleteConflict",
    ("GET", _OFFERS): "ReadOffer",
    ("PUT", _OFFERS): "ReplaceOffer",
}
_OF_FEED: Final = {
    ("GET", _DATABASES): "ListDatabases",
    ("POST", _DATABASES): "CreateDatabase",
    ("GET", _CONTAINERS): "ListContainers",
    ("POST", _CONTAINERS): "CreateContainer",
    ("GET", (*_CONTAINERS, "pkranges")): "ReadPartitionKeyRanges",
    ("GET", _ITEMS): "ReadFeed",
    ("POST", _ITEMS): "Create",
    ("GET", _CONFLICTS): "ListConflicts",
    ("GET", _OFFERS): "ListOffers",
}
_QUERIES: Final = {
    _DATABASES: "QueryDatabases",
    _CONTAINERS: "QueryContainers",
    _ITEMS: "Query",
    _CONFLICTS: "QueryConflicts",
    _OFFERS: "QueryOffers",
}


def operation_of(method: str, address: Address, headers: Mapping[str, str]) -> str:
    """The operation's name, as the statistics and faults know it.

    Raises:
        Unsupported: the emulator has no such operation.
    """
    types = address.segments[::2]
    if "x-ms-cosmos-is-query-plan-request" in headers and (method, types) == ("POST", _ITEMS):
        return "QueryPlan"
    if method == "POST" and address.is_feed and _is_query(headers) and types in _QUERIES:
        return _QUERIES[types]
    if (method, types) == ("POST", _OPERATIONS) and address.ids[-1] == _PARTITION_DELETE:
        return "DeletePartition"
    name = (_OF_FEED if address.is_feed else _OF_ONE).get((method, types))
    if name is None:
        raise Unsupported(f"{method} of {'/'.join(types) or 'the account'}")
    if types == _ITEMS and address.is_feed:
        return _of_items(name, headers)
    return name


def _is_query(headers: Mapping[str, str]) -> bool:
    content = headers.get("content-type", "")
    return content.startswith("application/query+json") or _is_set(headers, "isquery")


def _is_set(headers: Mapping[str, str], flag: str) -> bool:
    return headers.get(f"x-ms-documentdb-{flag}", "").lower() == "true"


def _of_items(name: str, headers: Mapping[str, str]) -> str:
    if name == "ReadFeed":
        return _of_feed(name, headers.get("a-im", "").lower())
    if headers.get("x-ms-cosmos-is-batch-request", "").lower() == "true":
        if headers.get("x-ms-cosmos-batch-atomic", "").lower() != "true":
            raise Unsupported("batches that are not atomic")
        return "Batch"
    return "Upsert" if _is_set(headers, "is-upsert") else name


def _of_feed(name: str, mode: str) -> str:
    operation = {"": name, "incremental feed": "ChangeFeed", "full-fidelity feed": "AllVersions"}
    if mode not in operation:
        raise Unsupported(f"the change feed mode {mode!r}")
    return operation[mode]
