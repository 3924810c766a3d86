"""Starting sagas: which starts are made, and which failures are faults."""

from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any

import pytest
from azure.durable_functions import OrchestrationRuntimeStatus

from shared.adapters.durable_sagas import missing_saga_starter, saga_starter
from shared.domain.errors import Unavailable
from tests.builders import ORDER_ID, order


@dataclass
class FakeDurableClient:
    """A Durable client that knows one instance, or none."""

    status: OrchestrationRuntimeStatus | None = None
    refusing: bool = False
    out_of_reach: bool = False
    started: list[str] = field(default_factory=list)

    async def start_new(self, name: str, instance_id: str, client_input: Any) -> str:
        if self.refusing:
            raise Exception("An Orchestration instance with this id already exists")  # noqa: TRY002
        self.started.append(instance_id)
        return instance_id

    async def get_status(self, instance_id: str) -> Any:
        if self.out_of_reach:
            raise Exception("The operation failed with an unexpected status code 503")  # noqa: TRY002
        return SimpleNamespace(runtime_status=self.status)


async def test_starts_a_saga_that_was_never_started():
    """The process that stored the order died before it could."""
    client = FakeDurableClient()

    await missing_saga_starter(client)(order())  # type: ignore[arg-type]

    assert client.started == [ORDER_ID]


@pytest.mark.parametrize("status", OrchestrationRuntimeStatus)
async def test_leaves_alone_a_saga_that_was_started_before(status):
    """Also one that has ended: Durable would run it again."""
    client = FakeDurableClient(status)

    await missing_saga_starter(client)(order())  # type: ignore[arg-type]

    assert client.started == []


async def test_not_knowing_whether_there_is_a_saga_is_a_fault():
    """The page is delivered again, and asks again."""
    client = FakeDurableClient(out_of_reach=True)

    with pytest.raises(Unavailable):
        await missing_saga_starter(client)(order())  # type: ignore[arg-type]

    assert client.started == []


async def test_a_refused_start_of_a_running_saga_is_fine():
    """Somebody was faster."""
    client = FakeDurableClient(OrchestrationRuntimeStatus.Running, refusing=True)

    await saga_starter(client)(order())  # type: ignore[arg-type]


async def test_a_refused_start_of_nothing_is_a_fault():
    """Then Durable itself was out of order."""
    client = FakeDurableClient(refusing=True)

    with pytest.raises(Unavailable):
        await saga_starter(client)(order())  # type: ignore[arg-type]
