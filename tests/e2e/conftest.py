"""What several end-to-end tests begin with."""

from collections.abc import AsyncIterator

import pytest

from tests.approvals import Policy, operator


@pytest.fixture
async def policy(emulated) -> AsyncIterator[Policy]:
    """The operator's hand on the policy of approvals."""
    async with operator(emulated) as hand:
        yield hand
