"""Transactional batches: every operation of one logical partition, or none."""

import json
from collections.abc import Callable
from typing import Any, Final, TypeAlias

from emulators.cosmos.documents import MAX_BYTES, as_document, parse
from emulators.cosmos.errors import BadRequest, CosmosError, TooLarge
from emulators.cosmos.items import Conditions, Outcome, Partition
from emulators.cosmos.patch import parse_patch

MAX_OPERATIONS: Final = 100
_FAILED_DEPENDENCY: Final = 424
Operation: TypeAlias = dict[str, Any]


class BatchFailed(Exception):
    """Operation *index* was refused for *reason*, so that nothing of the batch may remain."""

    def __init__(self, index: int, reason: CosmosError) -> None:
        super().__init__(index, reason)
        self.index = index
        self.reason = reason


def parse_batch(body: bytes) -> list[Operation]:
    """Read a batch and check what must hold before anything is executed.

    Raises:
        TooLarge: its payload is over 2 MB.
        BadRequest: it has no operations, more than 100, or is no list of them.
    """
    if len(body) > MAX_BYTES:
        raise TooLarge
    operations = parse(body)
    if not isinstance(operations, list):
        raise BadRequest("The batch request must be a JSON array.")
    if not operations:
        raise BadRequest("Batch request has no operations.")
    if len(operations) > MAX_OPERATIONS:
        raise BadRequest("Batch request has more operations than what is supported.")
    return [as_document(operation) for operation in operations]


def only_reads(operations: list[Operation]) -> bool:
    """Whether nothing in the batch can change anything."""
    return all(operation.get("operationType") == "Read" for operation in operations)


def execute(operations: list[Operation], partition: Partition) -> list[Outcome]:
    """Run *operations* in order, each seeing what those before it did.

    Raises:
        BatchFailed: one was refused; the caller rolls the transaction back.
    """
    outcomes = []
    for index, operation in enumerate(operations):
        try:
            outcomes.append(_execute(operation, partition))
        except CosmosError as reason:
            raise BatchFailed(index, reason) from reason
    return outcomes


def _execute(operation: Operation, partition: Partition) -> Outcome:
    kind = operation.get("operationType")
    run = _OPERATIONS.get(kind) if isinstance(kind, str) else None
    if run is None:
        raise BadRequest(f"The batch operation type {kind!r} is not known.")
    conditions = Conditions(_etag(operation, "ifMatch"), _etag(operation, "ifNoneMatch"))
    return run(partition, operation, conditions)


def _etag(operation: Operation, condition: str) -> str | None:
    etag = operation.get(condition)
    if etag is not None and not isinstance(etag, str):
        raise BadRequest(f"The {condition} of a batch operation must be an etag.")
    return etag


def _name(operation: Operation) -> str:
    name = operation.get("id")
    if not isinstance(name, str):
        raise BadRequest("The batch operation needs the id of an item.")
    return name


def _document(operation: Operation) -> dict[str, Any]:
    return as_document(operation.get("resourceBody"))


def _create(partition: Partition, operation: Operation, _: Conditions) -> Outcome:
    return partition.create(_document(operation))


def _upsert(partition: Partition, operation: Operation, conditions: Conditions) -> Outcome:
    return partition.upsert(_document(operation), conditions)


def _read(partition: Partition, operation: Operation, conditions: Conditions) -> Outcome:
    return partition.read(_name(operation), conditions)


def _replace(partition: Partition, operation: Operation, conditions: Conditions) -> Outcome:
    return partition.replace(_name(operation), _document(operation), conditions)


def _patch(partition: Partition, operation: Operation, conditions: Conditions) -> Outcome:
    patch = parse_patch(operation.get("resourceBody"))
    return partition.patch(_name(operation), patch, conditions)


def _delete(partition: Partition, operation: Operation, conditions: Conditions) -> Outcome:
    return partition.delete(_name(operation), conditions)


_OPERATIONS: Final[dict[str, Callable[[Partition, Operation, Conditions], Outcome]]] = {
    "Create": _create,
    "Upsert": _upsert,
    "Read": _read,
    "Replace": _replace,
    "Patch": _patch,
    "Delete": _delete,
}


def answer(outcomes: list[Outcome], *, minimal: bool) -> str:
    """The response array of a batch that happened."""
    return f"[{','.join(_answer(outcome, minimal=minimal) for outcome in outcomes)}]"


def _answer(outcome: Outcome, *, minimal: bool) -> str:
    # Stored text goes out as it is: parsing it only to write it again would double the work.
    parts = [f'"statusCode":{outcome.status},"requestCharge":{outcome.charge:.2f}']
    if outcome.etag:
        parts.append(f'"eTag":{json.dumps(outcome.etag)}')
    if outcome.body is not None and not minimal:
        parts.append(f'"resourceBody":{outcome.body}')
    return f"{{{','.join(parts)}}}"


def failure_answer(failed: BatchFailed, count: int) -> str:
    """The response array of a batch that did not: exactly one entry tells why."""
    answers: list[Operation] = [
        {"statusCode": _FAILED_DEPENDENCY, "requestCharge": 0} for _ in range(count)
    ]
    reason = failed.reason
    answers[failed.index] = {
        "statusCode": reason.status,
        "subStatusCode": reason.sub_status,
        "requestCharge": reason.charge,
        "message": reason.message,
    }
    return json.dumps(answers)
