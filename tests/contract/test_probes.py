"""Readiness of the database, asked of the emulator."""

import pytest
from azure.cosmos.exceptions import CosmosResourceNotFoundError

from shared.adapters.probes import CosmosProbe


async def test_a_provisioned_database_is_ready(database):
    """With the containers that a deployment creates."""
    await CosmosProbe(*map(database.get_container_client, ("orders", "stock"))).check()


async def test_a_container_that_was_never_provisioned_is_not_ready(database):
    """Point reads would only say that every order is missing."""
    containers = map(database.get_container_client, ("orders", "never-provisioned"))

    with pytest.raises(CosmosResourceNotFoundError):
        await CosmosProbe(*containers).check()
