import json
from typing import Any

from azure.appconfiguration import AzureAppConfigurationClient, ConfigurationSetting
from azure.cosmos import CosmosClient
from azure.storage.blob import BlobServiceClient

from devstack.ports import Ports
from devstack.provision import FEATURE_FLAG_KEY_PREFIX, INFRA, provision, provision_storage
from devstack.stack import Stack


def containers(stack: Stack) -> list[dict[str, Any]]:
    """What the database of *stack* holds."""
    client = CosmosClient(stack.settings["COSMOS_ENDPOINT"], stack.settings["COSMOS_KEY"])
    return list(client.get_database_client("orders").list_containers())


def blob_containers(stack: Stack) -> list[str]:
    """The names of the containers in the storage account of *stack*."""
    storage = BlobServiceClient.from_connection_string(stack.settings["AzureWebJobsStorage"])
    with storage:
        return [container.name for container in storage.list_containers()]


def app_configuration(stack: Stack) -> AzureAppConfigurationClient:
    """A client of the flags of *stack*."""
    return AzureAppConfigurationClient.from_connection_string(
        stack.settings["APP_CONFIGURATION_CONNECTION_STRING"]
    )


def flag_named(stack: Stack, name: str) -> Any:
    """The stored value of a flag."""
    setting = app_configuration(stack).get_configuration_setting(FEATURE_FLAG_KEY_PREFIX + name)
    assert setting
    return json.loads(setting.value)


async def test_a_stack_has_every_container_and_flag(tmp_path):
    """The app creates nothing itself, here as in Azure: what is missing is an error there."""
    storage = json.loads((INFRA / "storage.json").read_text())
    layout = json.loads((INFRA / "cosmos.json").read_text())
    flags = json.loads((INFRA / "feature-flags.json").read_text())

    async with Stack(tmp_path, Ports.free(), host=None) as stack:
        found = containers(stack)
        blobs = blob_containers(stack)
        stored = [flag_named(stack, flag["id"]) for flag in flags]

    assert {(each["id"], each["partitionKey"]["paths"][0]) for each in found} == {
        (each["id"], each["partitionKey"]["paths"][0]) for each in layout["containers"]
    }
    assert blobs == storage["containers"]
    # The SDK adds the properties of a flag that it knows and finds missing.
    assert [known | wanted for known, wanted in zip(stored, flags, strict=True)] == stored


async def test_provisioning_again_leaves_a_changed_flag_alone(tmp_path):
    """Whoever switches a flag to try something must find it switched after a restart."""
    async with Stack(tmp_path, Ports.free(), host=None) as stack:
        switched_off = ConfigurationSetting(
            key=FEATURE_FLAG_KEY_PREFIX + "order-intake",
            value=json.dumps({"id": "order-intake", "enabled": False}),
        )
        app_configuration(stack).set_configuration_setting(switched_off)

        await provision(stack.settings)
        await provision_storage(stack.settings)

        assert flag_named(stack, "order-intake")["enabled"] is False
