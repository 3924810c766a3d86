"""The deployments that tests look at; together they hold every resource of every file."""

from collections.abc import Mapping
from functools import cache
from typing import Any

from devstack.services import ROOT
from tests.infra.bicep.deployment import Deployment, Resource

BICEP = ROOT / "infra" / "bicep"

_EVERYTHING: Mapping[str, Any] = {
    "environmentName": "test",
    "location": "uksouth",
    "eventSources": ["urn:warehouse"],
    "eventSenders": ["principal-of-warehouse"],
    "githubRepository": "owner/orders",
    "secrets": {"PAYMENT_API_KEY": "sk_test", "PAYMENT_WEBHOOK_SECRET": "whsec_test"},
    "alertEmail": "operator@shop.example",
    "lockData": True,
    "budgetAmount": 100,
    "budgetContacts": ["finance@shop.example"],
    "budgetStartDate": "2026-12-01",
}
PARAMETERS: Mapping[str, Mapping[str, Any]] = {
    "flex": {**_EVERYTHING},
    "canary": {**_EVERYTHING, "canary": True},
    "premium": {**_EVERYTHING, "plan": "premium", "cosmosCapacity": "autoscale",
                "cosmosMaxThroughput": 4000},
    # Without what is optional, so that nothing that is not optional hangs on it.
    "isolated": {**_EVERYTHING, "lockData": False, "secrets": {}, "alertEmail": "",
                 "budgetAmount": 0, "eventSenders": [], "networkIsolation": True,
                 "addressPrefix": "10.20.0.0/24", "managementPrivateLink": True},
    "isolated-premium": {**_EVERYTHING, "networkIsolation": True, "plan": "premium",
                         "addressPrefix": "10.20.0.0/24", "zoneRedundant": True,
                         "minimumInstances": 2},
}  # fmt: skip


@cache
def deployment(name: str) -> Deployment:
    """One of ``PARAMETERS``."""
    return Deployment(BICEP / "main.bicep", PARAMETERS[name])


@cache
def resources(name: str) -> tuple[Resource, ...]:
    """What is there after both stages."""
    first = deployment(name)
    outputs = first.outputs()
    second = Deployment(
        BICEP / "subscriptions.bicep",
        {
            "resourceGroupName": outputs["AZURE_RESOURCE_GROUP"],
            "appName": outputs["APP_NAME"],
            "storageName": outputs["STORAGE_NAME"],
            "deadLetterContainer": outputs["DEAD_LETTER_CONTAINER"],
            "token": outputs["RESOURCE_TOKEN"],
        },
    )
    return (*first.resources(), *second.resources())


def of_type(name: str, kind: str) -> list[Resource]:
    """Those of one type."""
    return [resource for resource in resources(name) if resource.type == kind]
