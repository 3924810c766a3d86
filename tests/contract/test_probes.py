"""Readiness of what the app cannot do without, asked of the emulators."""

import pytest
from azure.core.exceptions import ResourceNotFoundError
from azure.cosmos.exceptions import CosmosResourceNotFoundError

from shared.adapters.probes import CosmosProbe, StorageProbe


async def test_a_provisioned_database_is_ready(database):
    """With the containers that a deployment creates."""
    await CosmosProbe(*map(database.get_container_client, ("orders", "stock"))).check()


async def test_a_container_that_was_never_provisioned_is_not_ready(database):
    """Point reads would only say that every order is missing."""
    containers = map(database.get_container_client, ("orders", "never-provisioned"))

    with pytest.raises(CosmosResourceNotFoundError):
        await CosmosProbe(*containers).check()


async def test_a_storage_account_with_the_container_of_dead_letters_is_ready(blob_container):
    """Which the app's role on data lets it ask for, unlike the account itself."""
    await StorageProbe(blob_container).check()


async def test_a_storage_account_without_it_is_not_ready(blob_container):
    """An event that went astray would have nowhere to go."""
    await blob_container.delete_container()

    with pytest.raises(ResourceNotFoundError):
        await StorageProbe(blob_container).check()
