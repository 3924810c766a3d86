"""Requests about items: which container, which partition, which operation, which answer."""

from collections.abc import Callable
from typing import Final

from emulators.cosmos import batch, rids
from emulators.cosmos.documents import MAX_BYTES, Document, parse_document
from emulators.cosmos.errors import BadRequest, NotFound, OwnerNotFound, StaleContainer, TooLarge
from emulators.cosmos.exchange import Call, Reply, container_headers
from emulators.cosmos.items import Conditions, Outcome, Partition
from emulators.cosmos.partition import key_from_header
from emulators.cosmos.patch import parse_patch
from emulators.cosmos.store import Container, Store


def container_of(store: Store, call: Call) -> Container:
    """The container a request is about.

    Raises:
        OwnerNotFound: the database or the container does not exist.
        StaleContainer: the client means another container that had this name.
    """
    database = store.find_database(call.address.ids[0])
    container = database and store.find_container(database, call.address.ids[1])
    if not container:
        raise OwnerNotFound
    intended = call.headers.get("x-ms-cosmos-intended-collection-rid")
    if intended and intended != container.rid:
        raise StaleContainer
    return container


def optional_key(call: Call, container: Container) -> str | None:
    """The partition key in the request's header, if it has one."""
    header = call.headers.get("x-ms-documentdb-partitionkey")
    return None if header is None else key_from_header(header, len(container.key_paths))


def _partition(store: Store, call: Call) -> Partition:
    container = container_of(store, call)
    key = optional_key(call, container)
    if key is None:
        raise BadRequest("PartitionKey value must be supplied for this operation.")
    return Partition(store.items, container, key)


def _document(call: Call) -> Document:
    # As it was sent: a client that escapes what is not ASCII has room for less.
    if len(call.body) > MAX_BYTES:
        raise TooLarge
    return parse_document(call.body)


def _conditions(call: Call) -> Conditions:
    return Conditions(call.headers.get("if-match"), call.headers.get("if-none-match"))


def _name(store: Store, call: Call, container: Container) -> str:
    """The id of the addressed item: the path has it, or has the item's rid throughout."""
    database, _, name = call.address.ids
    if database in store.databases:
        return name
    key = rids.key_of_item(name)
    found = None if key is None else store.items.find_by_key(container.number, key)
    if found is None:
        raise NotFound
    return found.id


def _headers(partition: Partition) -> dict[str, str]:
    return container_headers(partition.container, partition.container.range_id(partition.key))


def _reply(partition: Partition, outcome: Outcome, *, minimal: bool) -> Reply:
    headers = _headers(partition)
    if outcome.etag:
        headers["etag"] = outcome.etag
    if outcome.lsn is not None:
        headers["x-ms-item-lsn"] = str(outcome.lsn)
    text = "" if minimal or outcome.body is None else outcome.body
    return Reply(outcome.status, text, outcome.charge, headers)


def _written(store: Store, call: Call, write: Callable[[Partition], Outcome]) -> Reply:
    partition = _partition(store, call)
    with store.transaction(partition.container) as partition.lsn:
        outcome = write(partition)
    return _reply(partition, outcome, minimal=call.minimal)


def create_item(store: Store, call: Call) -> Reply:
    """Add an item."""
    document = _document(call)
    return _written(store, call, lambda partition: partition.create(document))


def upsert_item(store: Store, call: Call) -> Reply:
    """Add an item (201) or replace it (200)."""
    document, conditions = _document(call), _conditions(call)
    return _written(store, call, lambda partition: partition.upsert(document, conditions))


def read_item(store: Store, call: Call) -> Reply:
    """Read an item by id and partition key."""
    partition = _partition(store, call)
    outcome = partition.read(_name(store, call, partition.container), _conditions(call))
    return _reply(partition, outcome, minimal=False)


def replace_item(store: Store, call: Call) -> Reply:
    """Replace an item that exists."""
    document = _document(call)

    def replace(partition: Partition) -> Outcome:
        name = _name(store, call, partition.container)
        return partition.replace(name, document, _conditions(call))

    return _written(store, call, replace)


def patch_item(store: Store, call: Call) -> Reply:
    """Change parts of an item that exists."""
    patch = parse_patch(parse_document(call.body))

    def apply(partition: Partition) -> Outcome:
        name = _name(store, call, partition.container)
        return partition.patch(name, patch, _conditions(call))

    return _written(store, call, apply)


def delete_item(store: Store, call: Call) -> Reply:
    """Remove an item."""

    def delete(partition: Partition) -> Outcome:
        return partition.delete(_name(store, call, partition.container), _conditions(call))

    return _written(store, call, delete)


def delete_partition(store: Store, call: Call) -> Reply:
    """Remove all items of a partition; here at once, in the service in the background."""
    return _written(store, call, Partition.delete_all)


def execute_batch(store: Store, call: Call) -> Reply:
    """Run a transactional batch; whatever it changed shares one LSN."""
    partition = _partition(store, call)
    operations = batch.parse_batch(call.body)
    try:
        outcomes = _run_batch(store, partition, operations)
    except batch.BatchFailed as failed:
        text = batch.failure_answer(failed, len(operations))
        return Reply(207, text, failed.reason.charge, _headers(partition))
    charge = sum(outcome.charge for outcome in outcomes)
    text = batch.answer(outcomes, minimal=call.minimal)
    return Reply(200, text, charge, _headers(partition))


def _run_batch(
    store: Store, partition: Partition, operations: list[batch.Operation]
) -> list[Outcome]:
    if batch.only_reads(operations):
        return batch.execute(operations, partition)
    with store.transaction(partition.container) as partition.lsn:
        return batch.execute(operations, partition)


Handler = Callable[[Store, Call], Reply]

ITEM_HANDLERS: Final[dict[str, Handler]] = {
    "Create": create_item,
    "Upsert": upsert_item,
    "Read": read_item,
    "Replace": replace_item,
    "Patch": patch_item,
    "Delete": delete_item,
    "DeletePartition": delete_partition,
    "Batch": execute_batch,
}
