"""Requests about the account, databases, containers, their ranges and their throughput."""

import json
from collections.abc import Callable, Mapping
from typing import Any, Final, NoReturn

from emulators.cosmos.definitions import (
    check_name,
    checked_throughput,
    container_body,
    most_of,
    replaced_body,
    throughput_of,
)
from emulators.cosmos.documents import as_document, parse_document
from emulators.cosmos.errors import (
    Conflict,
    CrossPartitionQueryDisabled,
    NotFound,
    OwnerNotFound,
)
from emulators.cosmos.exchange import Call, Reply, resource_reply
from emulators.cosmos.handlers import container_of, optional_key
from emulators.cosmos.item_extent import Extent
from emulators.cosmos.queries import parse_query_body, rows_of
from emulators.cosmos.ranges import KeyRange, count_for
from emulators.cosmos.store import Container, Database, Store

# Nothing here is ever full, and indexes are always up to date.
_QUOTA: Final = {
    "x-ms-resource-quota": "collectionSize=20971520;",
    "x-ms-resource-usage": "collectionSize=0;",
    "x-ms-documentdb-collection-index-transformation-progress": "100",
}


def read_account(_: Store, call: Call) -> Reply:
    """The account; clients talk only to the endpoint it names, so that is the one they came by."""
    location = [{"name": "Local", "databaseAccountEndpoint": f"{call.endpoint}/"}]
    replicas = {"minReplicaSetSize": 1, "maxReplicasetSize": 4}
    account = {
        "_self": "",
        "id": "local",
        "_rid": "local",
        "media": "//media/",
        "addresses": "//addresses/",
        "_dbs": "//dbs/",
        "writableLocations": location,
        "readableLocations": location,
        "enableMultipleWriteLocations": False,
        "userReplicationPolicy": {"asyncReplication": False, **replicas},
        "userConsistencyPolicy": {"defaultConsistencyLevel": "Session"},
        "systemReplicationPolicy": replicas,
        "readPolicy": {"primaryReadCoefficient": 1, "secondaryReadCoefficient": 1},
        "queryEngineConfiguration": '{"maxSqlQueryInputLength":524288}',
    }
    return Reply(200, json.dumps(account))


def _feed(name: str, rid: str, resources: list[Any]) -> Reply:
    body = {"_rid": rid, name: resources, "_count": len(resources)}
    return Reply(200, json.dumps(body), headers={"x-ms-item-count": str(len(resources))})


def _queried(call: Call, resources: list[Any]) -> list[Any]:
    return list(rows_of(parse_query_body(call.body), resources))


def _database_of(store: Store, call: Call) -> Database:
    database = store.find_database(call.address.ids[0])
    if database is None:
        raise OwnerNotFound if len(call.address.segments) > 2 else NotFound
    return database


def list_databases(store: Store, _: Call) -> Reply:
    """All databases."""
    return _feed("Databases", "", [database.body for database in store.databases.values()])


def query_databases(store: Store, call: Call) -> Reply:
    """The databases a query selects."""
    bodies = [database.body for database in store.databases.values()]
    return _feed("Databases", "", _queried(call, bodies))


def create_database(store: Store, call: Call) -> Reply:
    """Add a database, with throughput of its own or without."""
    body = {"id": check_name(parse_document(call.body))}
    throughput = throughput_of(call.headers)
    if body["id"] in store.databases:
        raise Conflict("Database with the specified id already exists.")
    database = store.create_database(body)
    if throughput:
        store.save_offer(f"dbs/{database.rid}/", database.rid, throughput)
    return resource_reply(201, database.body)


def read_database(store: Store, call: Call) -> Reply:
    """A database."""
    return resource_reply(200, _database_of(store, call).body)


def delete_database(store: Store, call: Call) -> Reply:
    """Remove a database and all in it."""
    store.delete_database(_database_of(store, call))
    return Reply(204)


def list_containers(store: Store, call: Call) -> Reply:
    """All containers of a database."""
    database = _database_of(store, call)
    bodies = [container.body for container in store.containers_of(database)]
    return _feed("DocumentCollections", database.rid, bodies)


def query_containers(store: Store, call: Call) -> Reply:
    """The containers a query selects."""
    database = _database_of(store, call)
    bodies = [container.body for container in store.containers_of(database)]
    return _feed("DocumentCollections", database.rid, _queried(call, bodies))


def create_container(store: Store, call: Call) -> Reply:
    """Add a container; without shared throughput it has 400 RU/s at least."""
    database = _database_of(store, call)
    body, throughput = container_body(parse_document(call.body)), throughput_of(call.headers)
    if (database.number, body["id"]) in store.containers:
        raise Conflict("Collection with the specified id already exists.")
    container = store.create_container(database, body, count_for(most_of(throughput or {})))
    shared = any(offer["offerResourceId"] == database.rid for offer in store.offers.values())
    if throughput or not shared:
        content = throughput or {"offerThroughput": 400}
        store.save_offer(container.self_link, container.rid, content)
    return resource_reply(201, container.body)


def _existing(store: Store, call: Call) -> Container:
    container = store.find_container(_database_of(store, call), call.address.ids[1])
    if container is None:
        raise NotFound
    return container


def read_container(store: Store, call: Call) -> Reply:
    """A container, with every property that a replacement must repeat."""
    container = _existing(store, call)
    body = container.body
    if call.is_set("populatepartitionstatistics"):
        body = {**body, "statistics": _statistics(store, container)}
    reply = resource_reply(200, body)
    reply.headers["x-ms-documentdb-partitionkeyrangeid"] = "0"
    if call.is_set("populatequotainfo"):
        reply.headers |= _QUOTA
    return reply


def _statistics(store: Store, container: Container) -> list[dict[str, Any]]:
    statistics = []
    for part in container.ranges:
        count, size = store.items.measure(container.number, Extent(part.start, part.end))
        kilobytes = size // 1024
        entry = {"id": part.id, "sizeInKB": kilobytes, "documentCount": count, "partitionKeys": []}
        statistics.append(entry)
    return statistics


def replace_container(store: Store, call: Call) -> Reply:
    """Change what may change of a container."""
    container = _existing(store, call)
    store.replace_container(container, replaced_body(container.body, parse_document(call.body)))
    return resource_reply(200, container.body)


def delete_container(store: Store, call: Call) -> Reply:
    """Remove a container and all in it."""
    store.delete_container(_existing(store, call))
    return Reply(204)


def read_ranges(store: Store, call: Call) -> Reply:
    """The container's physical ranges.

    Clients repeat the request with the etag they got until they are told 304: any other answer
    keeps them asking forever.
    """
    container = container_of(store, call)
    etag = f'"{container.rid}"'
    if call.headers.get("if-none-match") == etag:
        return Reply(304, headers={"etag": etag})
    ranges = [_range_body(container, part, etag) for part in container.ranges]
    reply = _feed("PartitionKeyRanges", container.rid, ranges)
    reply.headers["etag"] = etag
    return reply


def _range_body(container: Container, part: KeyRange, etag: str) -> dict[str, Any]:
    return {
        "_rid": container.rid,
        "id": part.id,
        "_etag": etag,
        "minInclusive": part.start,
        "maxExclusive": part.end,
        "ridPrefix": int(part.id),
        "_self": f"{container.self_link}pkranges/{part.id}/",
        "throughputFraction": 1 / len(container.ranges),
        "status": "online",
        "parents": [],
        "_ts": container.body["_ts"],
        "lsn": container.lsn,
    }


def list_conflicts(store: Store, call: Call) -> Reply:
    """None: conflicts arise between write regions, and there is one region."""
    return _feed("Conflicts", container_of(store, call).rid, [])


def query_conflicts(store: Store, call: Call) -> Reply:
    """None, for whoever may ask."""
    container = container_of(store, call)
    if optional_key(call, container) is None and not call.crosses_partitions:
        raise CrossPartitionQueryDisabled
    return list_conflicts(store, call)


def find_conflict(store: Store, call: Call) -> NoReturn:
    """There is none to read or to delete."""
    container_of(store, call)
    raise NotFound


def list_offers(store: Store, _: Call) -> Reply:
    """The throughput of everything that has its own."""
    return _feed("Offers", "", list(store.offers.values()))


def query_offers(store: Store, call: Call) -> Reply:
    """The offers a query selects; how clients find the one of a container."""
    return _feed("Offers", "", _queried(call, list(store.offers.values())))


def _offer_of(store: Store, call: Call) -> Mapping[str, Any]:
    # Clients lower-case the rid in the signature only, never in the path.
    offer = store.offers.get(call.address.ids[0])
    if offer is None:
        raise NotFound
    return offer


def read_offer(store: Store, call: Call) -> Reply:
    """The throughput of one database or container."""
    return resource_reply(200, _offer_of(store, call))


def replace_offer(store: Store, call: Call) -> Reply:
    """Set the throughput of one database or container."""
    offer = _offer_of(store, call)
    content = checked_throughput(as_document(parse_document(call.body).get("content")))
    saved = store.save_offer(offer["resource"], offer["offerResourceId"], content)
    return resource_reply(200, saved)


CONTROL_HANDLERS: Final[dict[str, Callable[[Store, Call], Reply]]] = {
    "ReadAccount": read_account,
    "ListDatabases": list_databases,
    "QueryDatabases": query_databases,
    "CreateDatabase": create_database,
    "ReadDatabase": read_database,
    "DeleteDatabase": delete_database,
    "ListContainers": list_containers,
    "QueryContainers": query_containers,
    "CreateContainer": create_container,
    "ReadContainer": read_container,
    "ReplaceContainer": replace_container,
    "DeleteContainer": delete_container,
    "ReadPartitionKeyRanges": read_ranges,
    "ListConflicts": list_conflicts,
    "QueryConflicts": query_conflicts,
    "ReadConflict": find_conflict,
    "DeleteConflict": find_conflict,
    "ListOffers": list_offers,
    "QueryOffers": query_offers,
    "ReadOffer": read_offer,
    "ReplaceOffer": replace_offer,
}
