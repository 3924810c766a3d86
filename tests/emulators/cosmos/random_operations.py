"""Operations at random, and how the SDK is asked for them."""

from typing import Any

from azure.core import MatchConditions
from azure.cosmos import ContainerProxy
from hypothesis import strategies as st

from tests.emulators.cosmos.model import CONDITION, Operation

partitions = st.sampled_from(["p", "q"])
ids = st.sampled_from(["a", "b", "c"])
numbers = st.integers(-3, 3)
# Mostly long: an item that is gone can no longer go wrong.
times_to_live = st.sampled_from([-1, -1, 1, 3, 30, 30])
documents = st.fixed_dictionaries(
    {}, optional={"n": numbers, "tag": st.sampled_from(["x", "ü"]), "ttl": times_to_live}
)
changes = st.one_of(
    st.builds(lambda op, n: {"op": op, "path": "/n", "value": n},
              st.sampled_from(["add", "set", "replace", "incr"]), numbers),
    st.builds(lambda op: {"op": op, "path": "/tag", "value": "y"}, st.sampled_from(["set", "add"])),
    st.builds(lambda ttl: {"op": "set", "path": "/ttl", "value": ttl}, times_to_live),
    st.sampled_from([{"op": "remove", "path": "/n"}, {"op": "remove", "path": "/tag"},
                     {"op": "incr", "path": "/tag", "value": 1}]),
)  # fmt: skip
etags = st.sampled_from([None, None, None, "current", "current", '"stale"'])
operations = st.one_of(
    st.builds(Operation, st.just("create"), ids, documents),
    st.builds(
        Operation, st.sampled_from(["upsert", "upsert", "replace"]), ids, documents, if_match=etags
    ),
    st.builds(
        Operation,
        st.just("patch"),
        ids,
        st.lists(changes, min_size=1, max_size=3),
        st.sampled_from([None, CONDITION]),
        etags,
    ),
    st.builds(Operation, st.just("delete"), ids, if_match=etags),
)
batches = st.lists(operations, min_size=1, max_size=5)


def send(container: ContainerProxy, partition: str, operation: Operation) -> Any:
    """Do one operation; the item as it then is, or None if it is gone."""
    match: dict[str, Any] = {}
    if operation.if_match:
        match = {"etag": operation.if_match, "match_condition": MatchConditions.IfNotModified}
    if operation.kind == "create":
        return container.create_item(_item(partition, operation))
    if operation.kind == "upsert":
        return container.upsert_item(_item(partition, operation), **match)
    if operation.kind == "replace":
        return container.replace_item(operation.id, _item(partition, operation), **match)
    if operation.kind == "delete":
        return container.delete_item(operation.id, partition, **match)
    return container.patch_item(
        operation.id, partition, operation.content, filter_predicate=operation.condition, **match
    )


def _item(partition: str, operation: Operation) -> dict[str, Any]:
    return {**operation.content, "id": operation.id, "pk": partition}


def in_batch(partition: str, operation: Operation) -> tuple[Any, ...]:
    """The operation as one of a batch."""
    options = {"if_match_etag": operation.if_match} if operation.if_match else {}
    if operation.kind in ("create", "upsert"):
        return operation.kind, (_item(partition, operation),), options
    if operation.kind == "replace":
        return "replace", (operation.id, _item(partition, operation)), options
    if operation.kind == "delete":
        return "delete", (operation.id,), options
    if operation.condition:
        options["filter_predicate"] = operation.condition
    return "patch", (operation.id, operation.content), options
