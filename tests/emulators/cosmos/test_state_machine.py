"""Any sequence of operations, expiries and crashes leaves a container as a plain model says."""

import shutil
import tempfile
import threading
import time
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from azure.core.exceptions import AzureError
from azure.cosmos import ContainerProxy, PartitionKey
from azure.cosmos.exceptions import CosmosBatchOperationError, CosmosHttpResponseError
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from tests.emulators.cosmos.account import Account
from tests.emulators.cosmos.model import DEFAULT_TTL, Model, Operation, Refused
from tests.emulators.cosmos.random_operations import (
    batches,
    in_batch,
    numbers,
    operations,
    partitions,
    send,
)


@pytest.fixture
def account(monkeypatch: pytest.MonkeyPatch) -> Iterator[Account]:
    """An account of its own for the machine."""
    folder = Path(tempfile.mkdtemp())
    account = Account(folder)
    monkeypatch.setattr(ContainerMachine, "account", account, raising=False)
    yield account
    account.close()
    shutil.rmtree(folder)


# A restart takes half a second; sequences of nothing else would find nothing else.
MOST_CRASHES = 1


def system_free(item: dict[str, Any]) -> dict[str, Any]:
    """The item without what the service adds."""
    return {name: value for name, value in item.items() if not name.startswith("_")}


class ContainerMachine(RuleBasedStateMachine):
    """A container beside its model, driven through the SDK."""

    account: Account
    container: ContainerProxy
    model: Model
    crashes = 0

    @initialize()
    def begin(self) -> None:
        database = self.account.client.create_database(f"db-{uuid4()}")
        self.container = database.create_container(
            "c", PartitionKey("/pk"), default_ttl=DEFAULT_TTL
        )
        self.model = Model(self.account.now)
        self.token: str | None = None
        self.seen_lsn = 0
        self.crashes = 0

    def _resolve(self, partition: str, operation: Operation) -> Operation:
        if operation.if_match != "current":
            return operation
        found = self.model.alive().get((partition, operation.id))
        return Operation(
            operation.kind,
            operation.id,
            operation.content,
            operation.condition,
            found.etag if found else '"none"',
        )

    def _expected(self, partition: str, operations: list[Operation]) -> Model | Refused:
        try:
            return self.model.after(partition, operations)
        except Refused as refused:
            return refused

    @rule(partition=partitions, operation=operations)
    def one(self, partition: str, operation: Operation) -> None:
        """A single operation has the model's answer and its effect."""
        operation = self._resolve(partition, operation)
        expected = self._expected(partition, [operation])
        if isinstance(expected, Refused):
            with pytest.raises(CosmosHttpResponseError) as error:
                send(self.container, partition, operation)
            assert error.value.status_code == expected.status
            return
        answer = send(self.container, partition, operation)
        self.model = expected
        if answer is not None:
            self.model.learn(partition, operation.id, answer["_etag"])

    @rule(partition=partitions, batch=batches)
    def batch(self, partition: str, batch: list[Operation]) -> None:
        """A batch happens whole, or says which operation stopped it and leaves no trace."""
        batch = [self._resolve(partition, operation) for operation in batch]
        sent = [in_batch(partition, operation) for operation in batch]
        expected = self._expected(partition, batch)
        if isinstance(expected, Refused):
            with pytest.raises(CosmosBatchOperationError) as error:
                self.container.execute_item_batch(sent, partition)
            assert (error.value.error_index, error.value.status_code) == (
                expected.index,
                expected.status,
            )
            statuses = [answer["statusCode"] for answer in error.value.operation_responses]
            others = [424] * (len(batch) - 1)
            assert sorted(statuses) == sorted([expected.status, *others])
            return
        answers = self.container.execute_item_batch(sent, partition)
        self.model = expected
        for operation, answer in zip(batch, answers, strict=True):
            if "eTag" in answer:
                self.model.learn(partition, operation.id, answer["eTag"])

    @rule(seconds=st.sampled_from([1, 2, 4, 10]))
    def time_passes(self, seconds: int) -> None:
        """Only the clock makes items expire."""
        self.account.set_clock(self.account.now + seconds)

    @precondition(lambda self: self.crashes < MOST_CRASHES)
    @rule()
    def crash(self) -> None:
        """``kill -9`` and a restart change nothing."""
        self.crashes += 1
        self.account.kill()
        self.account.revive()
        self.model.now = self.account.now
        self.model.purge()

    @precondition(lambda self: self.crashes < MOST_CRASHES)
    @rule(partition=partitions, batch=batches, milliseconds=st.integers(0, 6))
    def crash_in_a_batch(self, partition: str, batch: list[Operation], milliseconds: int) -> None:
        """A batch cut short by ``kill -9`` is there whole or not at all, and is if acknowledged."""
        batch = [Operation("upsert", it.id, {"n": at}) for at, it in enumerate(batch)]
        sent = [in_batch(partition, operation) for operation in batch]
        acknowledged: list[Any] = []

        def write() -> None:
            try:
                acknowledged.append(self.container.execute_item_batch(sent, partition))
            except (AzureError, OSError):
                return

        writer = threading.Thread(target=write)
        writer.start()
        time.sleep(milliseconds / 1000)  # the instant is the point; there is nothing to await
        self.crashes += 1
        self.account.kill()
        writer.join()
        self.account.revive()
        self.model.now = self.account.now
        # Every write changes the etag, so that this tells even when the content is the same.
        if acknowledged or self._etags() != etags(self.model):
            self.model = self.model.after(partition, batch)
        assert self._stored() == contents(self.model)
        self.model.purge()
        for item in self.container.read_all_items():
            self.model.learn(item["pk"], item["id"], item["_etag"])

    @rule(page_size=st.integers(1, 4))
    def read_the_feed(self, page_size: int) -> None:
        """The feed brings each changed item once, as it is now, in order, and batches unbroken."""
        start: dict[str, Any] = (
            {"continuation": self.token} if self.token else {"start_time": "Beginning"}
        )
        feed = self.container.query_items_change_feed(max_item_count=page_size, **start)
        pages = [list(page) for page in feed.by_page()]
        rows = [row for page in pages for row in page]
        self.token = self.container.client_connection.last_response_headers["etag"]

        lsns = [row["_lsn"] for row in rows]
        assert {row["_etag"]: row["_lsn"] for row in rows} == self.model.changed_since(
            self.seen_lsn
        )
        assert lsns == sorted(lsns)
        assert len(rows) == len({row["_etag"] for row in rows})
        neighbours = pairwise(page for page in pages if page)
        assert all(page[-1]["_lsn"] < following[0]["_lsn"] for page, following in neighbours)
        self.seen_lsn = self.model.lsn

    @rule(least=numbers, partition=st.none() | partitions, descending=st.booleans())
    def query(self, least: int, partition: str | None, descending: bool) -> None:
        """A filter, an order and a scope select what they select from the model."""
        scope: dict[str, Any] = (
            {"partition_key": partition} if partition else {"enable_cross_partition_query": True}
        )
        direction = "DESC" if descending else "ASC"
        rows = self.container.query_items(
            f"SELECT VALUE c.n FROM c WHERE c.n >= @least ORDER BY c.n {direction}",
            parameters=[{"name": "@least", "value": least}],
            max_item_count=2,
            **scope,
        )

        expected = [
            it.document["n"]
            for (pk, _), it in self.model.alive().items()
            if partition in (None, pk) and it.document.get("n", least - 1) >= least
        ]
        assert list(rows) == sorted(expected, reverse=descending)

    def _stored(self) -> dict[tuple[str, str], Any]:
        return {
            (item["pk"], item["id"]): system_free(item) for item in self.container.read_all_items()
        }

    def _etags(self) -> dict[tuple[str, str], str]:
        return {(item["pk"], item["id"]): item["_etag"] for item in self.container.read_all_items()}

    @invariant()
    def agrees(self) -> None:
        """Everything that can be read is what the model has."""
        self.model.now = self.account.now
        assert self._stored() == contents(self.model)


def contents(model: Model) -> dict[tuple[str, str], Any]:
    """The documents of the items that exist."""
    return {key: version.document for key, version in model.alive().items()}


def etags(model: Model) -> dict[tuple[str, str], str]:
    """The etags of the items that exist."""
    return {key: version.etag for key, version in model.alive().items()}


QUICK = settings(
    max_examples=9,
    stateful_step_count=40,
    deadline=None,
    # Making a failure smaller would restart the emulator for minutes.
    phases=set(Phase) - {Phase.shrink},
    suppress_health_check=list(HealthCheck),
)


def test_a_container_does_what_its_model_does(account: Account):
    """Operations, batches, expiry and crashes, in any order."""
    run_state_machine_as_test(ContainerMachine, settings=QUICK)


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_a_container_does_what_its_model_does_for_long(account: Account):
    """The same with many more and longer sequences."""
    thorough = settings(QUICK, max_examples=80, stateful_step_count=60)
    run_state_machine_as_test(ContainerMachine, settings=thorough)
