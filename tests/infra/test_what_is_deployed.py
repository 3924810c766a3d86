"""Rules that hold for everything that is deployed, whichever options are chosen."""

import json
import re
from collections.abc import Iterator
from typing import Any

import pytest

from tests.infra.bicep.declarations import read
from tests.infra.bicep.deployment import Deployment, Resource
from tests.infra.deployments import BICEP, PARAMETERS, of_type, resources

DIAGNOSTICS = "Microsoft.Insights/diagnosticSettings"

# From "Naming rules and restrictions for Azure resources".
NAMES = {
    "Microsoft.Resources/resourceGroups": r"[\w.()-]{0,89}[\w()-]",
    "Microsoft.Storage/storageAccounts": r"[a-z0-9]{3,24}",
    "Microsoft.KeyVault/vaults": r"[A-Za-z](?!.*--)[A-Za-z0-9-]{1,22}[A-Za-z0-9]",
    "Microsoft.DocumentDB/databaseAccounts": r"[a-z0-9][a-z0-9-]{1,42}[a-z0-9]",
    "Microsoft.AppConfiguration/configurationStores": r"[A-Za-z0-9][A-Za-z0-9-]{3,48}[A-Za-z0-9]",
    "Microsoft.EventGrid/topics": r"[A-Za-z0-9-]{3,50}",
    # 60 are allowed; the Functions host tells apps on one storage account apart by 32.
    "Microsoft.Web/sites": r"[A-Za-z0-9][A-Za-z0-9-]{0,30}[A-Za-z0-9]",
    "Microsoft.Web/serverfarms": r"[\w-]{1,60}",
    "Microsoft.OperationalInsights/workspaces": r"[A-Za-z0-9][A-Za-z0-9-]{2,61}[A-Za-z0-9]",
    "Microsoft.Insights/components": r"[\w.()-]{1,255}",
    "Microsoft.Insights/actionGroups": r"[\w.()-]{1,259}",
    "Microsoft.Insights/scheduledQueryRules": r"[\w.()-]{1,259}",
    "Microsoft.ManagedIdentity/userAssignedIdentities": r"[A-Za-z0-9][\w-]{2,127}",
    "Microsoft.Network/virtualNetworks": r"[A-Za-z0-9][\w.-]{0,62}\w",
    "Microsoft.Network/privateEndpoints": r"[A-Za-z0-9][\w.-]{0,78}\w",
    "Microsoft.Network/natGateways": r"[A-Za-z0-9][\w.-]{0,78}\w",
    "Microsoft.Network/networkSecurityGroups": r"[A-Za-z0-9][\w.-]{0,78}\w",
    "Microsoft.Network/publicIPAddresses": r"[A-Za-z0-9][\w.-]{0,78}\w",
    "Microsoft.Network/privateDnsZones": r"[a-z0-9.-]{1,63}",
    "Microsoft.Cdn/profiles": r"[A-Za-z0-9][A-Za-z0-9-]{0,258}[A-Za-z0-9]",
    "Microsoft.Cdn/profiles/afdEndpoints": r"[A-Za-z0-9][A-Za-z0-9-]{0,44}[A-Za-z0-9]",
}

# What must stand in the properties of each: no keys, and no TLS before 1.2.
HARDENED: dict[str, dict[str, Any]] = {
    "Microsoft.Storage/storageAccounts": {
        "allowSharedKeyAccess": False,
        "allowBlobPublicAccess": False,
        "allowCrossTenantReplication": False,
        "minimumTlsVersion": "TLS1_2",
        "supportsHttpsTrafficOnly": True,
    },
    "Microsoft.Storage/storageAccounts/blobServices/containers": {"publicAccess": "None"},
    "Microsoft.DocumentDB/databaseAccounts": {
        "disableLocalAuth": True,
        "minimalTlsVersion": "Tls12",
    },
    "Microsoft.AppConfiguration/configurationStores": {"disableLocalAuth": True},
    "Microsoft.EventGrid/topics": {"disableLocalAuth": True, "minimumTlsVersionAllowed": "1.2"},
    "Microsoft.KeyVault/vaults": {"enableRbacAuthorization": True, "enableSoftDelete": True},
    "Microsoft.Insights/components": {"DisableLocalAuth": True},
    "Microsoft.OperationalInsights/workspaces": {"features.disableLocalAuth": True},
    "Microsoft.Web/sites": {
        "httpsOnly": True,
        "siteConfig.minTlsVersion": "1.2",
        "siteConfig.scmMinTlsVersion": "1.2",
        "siteConfig.ftpsState": "Disabled",
    },
    "Microsoft.Web/sites/slots": {
        "httpsOnly": True,
        "siteConfig.minTlsVersion": "1.2",
        "siteConfig.scmMinTlsVersion": "1.2",
        "siteConfig.ftpsState": "Disabled",
    },
    "Microsoft.Web/sites/basicPublishingCredentialsPolicies": {"allow": False},
    "Microsoft.Web/sites/slots/basicPublishingCredentialsPolicies": {"allow": False},
    "Microsoft.Cdn/profiles/originGroups/origins": {"enforceCertificateNameCheck": True},
    "Microsoft.Cdn/profiles/afdEndpoints/routes": {
        "forwardingProtocol": "HttpsOnly",
        "httpsRedirect": "Enabled",
    },
}

# The part of a service that an endpoint is for, and the zone that has its name: from "Azure Private
# Endpoint private DNS zone values".
PRIVATE_NAMES = {
    ("blob", "privatelink.blob.core.windows.net"),
    ("queue", "privatelink.queue.core.windows.net"),
    ("table", "privatelink.table.core.windows.net"),
    ("Sql", "privatelink.documents.azure.com"),
    ("configurationStores", "privatelink.azconfig.io"),
    ("vault", "privatelink.vaultcore.azure.net"),
    ("topic", "privatelink.eventgrid.azure.net"),
    ("sites", "privatelink.azurewebsites.net"),
}

# What reports nothing of its own, or what is reported elsewhere.
WITHOUT_DIAGNOSTICS = {
    "Microsoft.Resources/resourceGroups": "the activity log has what is done to it",
    "Microsoft.ManagedIdentity/userAssignedIdentities": "sign-ins are in the logs of Entra ID",
    "Microsoft.Insights/components": "it is where the app reports to; it lies in the workspace",
    "Microsoft.Insights/actionGroups": "the activity log has the alerts that it sent",
    "Microsoft.Insights/scheduledQueryRules": "alerts that fired are listed by Azure Monitor",
    "Microsoft.Network/privateEndpoints": "has metrics only, which are kept without being sent",
    "Microsoft.Network/privateDnsZones": "has metrics only, which are kept without being sent",
    "Microsoft.Network/privateDnsZones/virtualNetworkLinks": "a part of the zone",
    "Microsoft.Network/natGateways": "has metrics only, which cannot be sent",
    "Microsoft.Cdn/profiles/afdEndpoints": "the profile reports for it",
    "Microsoft.Web/serverfarms": "the apps on it report for themselves",
}


def every() -> Iterator[tuple[str, Resource]]:
    """Each resource of each deployment."""
    for name in PARAMETERS:
        for resource in resources(name):
            yield name, resource


def property_of(resource: Resource, path: str) -> Any:
    """By a path with dots."""
    value: Any = resource.properties
    for part in path.split("."):
        value = value.get(part) if isinstance(value, dict) else None
    return value


def test_everything_that_can_carry_tags_carries_them():
    """A bill without tags is one sum."""
    wanted = {"azd-env-name": "test", "application": "orders"}

    bare = {
        resource.at
        for _, resource in every()
        if "location" in resource.body
        and not wanted.items() <= dict(resource.body.get("tags", {})).items()
    }

    assert bare == set()


def test_each_type_has_one_version_which_is_stable():
    """Two versions of one type differ in ways that nobody looks for."""
    versions: dict[str, set[str]] = {}
    for _, resource in every():
        versions.setdefault(resource.type, set()).add(resource.version)
    previews = {kind for kind, found in versions.items() if "preview" in "".join(found)}

    assert {kind for kind, found in versions.items() if len(found) > 1} == set()
    # The stable version of these is from 2016, and knows no groups of categories.
    assert previews == {DIAGNOSTICS}


def test_parameters_that_may_hold_secrets_are_secure():
    """Others are shown to whoever may look at deployments; the linter of Bicep asks for it, too."""
    suspicious = re.compile("password|pwd|secret|accountkey|acctkey", re.IGNORECASE)

    open_ones = {
        (path.name, name)
        for path in BICEP.rglob("*.bicep")
        for name, parameter in read(path).parameters.items()
        if suspicious.search(name) and "secure" not in parameter.decorators
    }

    assert open_ones == set()


def test_names_are_ones_that_azure_takes():
    """A name that is too long fails in the middle of a deployment."""
    wrong = {
        resource.symbol
        for _, resource in every()
        if resource.type in NAMES
        and not re.fullmatch(NAMES[resource.type], resource.name.rsplit("/", 1)[-1])
    }
    named = {r.type for _, r in every() if "location" in r.body and r.type.count("/") == 1}

    assert wrong == set()
    assert named <= set(NAMES)


@pytest.mark.parametrize("kind", HARDENED)
def test_nothing_takes_keys_or_old_protocols(kind):
    """In every deployment, not only in the isolated one."""
    found = [resource for _, resource in every() if resource.type == kind]

    soft = {
        (resource.at, path)
        for resource in found
        for path, value in HARDENED[kind].items()
        if property_of(resource, path) != value
    }

    assert found
    assert soft == set()


def test_everything_reports_to_the_workspace():
    """What is not logged when it happens cannot be looked up later."""
    silent = set()
    for name in PARAMETERS:
        scopes = {it.id.split(f"/providers/{DIAGNOSTICS}")[0] for it in of_type(name, DIAGNOSTICS)}
        silent |= {
            resource.type
            for resource in resources(name)
            if "location" in resource.body
            and resource.type not in WITHOUT_DIAGNOSTICS
            and resource.id not in scopes
        }

    assert silent == set()


@pytest.mark.parametrize("name", ["isolated", "isolated-premium"])
def test_what_is_closed_to_the_public_has_a_door_inside_the_network(name):
    """And a name that leads to it: without a record the app would look for the public address."""
    closed = {
        resource.id
        for resource in resources(name)
        if resource.properties.get("publicNetworkAccess") == "Disabled"
    }
    endpoints = of_type(name, "Microsoft.Network/privateEndpoints")
    records = of_type(name, "Microsoft.Network/privateEndpoints/privateDnsZoneGroups")
    links = of_type(name, "Microsoft.Network/privateDnsZones/virtualNetworkLinks")
    zones = of_type(name, "Microsoft.Network/privateDnsZones")

    behind = {_connection(it)["privateLinkServiceId"] for it in endpoints}
    names = {
        (_connection(it)["groupIds"][0], _zone(record))
        for it, record in zip(endpoints, records, strict=True)
    }

    assert len(closed) == 7
    # The app is open to Event Grid, and has a door for everybody else.
    assert behind == closed | {of_type(name, "Microsoft.Web/sites")[0].id}
    assert {it.body["parent"].id for it in records} == {it.id for it in endpoints}
    assert {it.body["parent"].id for it in links} == {it.id for it in zones}
    assert names == PRIVATE_NAMES
    assert {zone for _, zone in names} == {it.name for it in zones}


def _zone(record: Resource) -> str:
    config = record.properties["privateDnsZoneConfigs"][0]["properties"]
    return str(config["privateDnsZoneId"].rsplit("/", 1)[1])


def _connection(endpoint: Resource) -> Any:
    return endpoint.properties["privateLinkServiceConnections"][0]["properties"]


@pytest.mark.parametrize("name", PARAMETERS)
def test_no_two_resources_are_one(name):
    """The second would overwrite the first."""
    ids = [resource.id.lower() for resource in resources(name)]

    assert sorted(it for it in ids if ids.count(it) > 1) == []


def test_dead_letters_are_written_by_the_topic_where_the_app_looks_for_them():
    """By its identity, since the storage account takes no keys."""
    for subscription in of_type("flex", "Microsoft.EventGrid/topics/eventSubscriptions"):
        letters = subscription.properties["deadLetterWithResourceIdentity"]
        target = letters["deadLetterDestination"]["properties"]

        assert letters["identity"] == {"type": "SystemAssigned"}
        assert target["blobContainerName"] == "dead-letters"
        assert target["resourceId"] == of_type("flex", "Microsoft.Storage/storageAccounts")[0].id

    identities = {
        it.body["identity"]["type"] for it in of_type("flex", "Microsoft.EventGrid/topics")
    }
    assert identities == {"SystemAssigned"}


def test_what_holds_data_can_be_locked():
    """Against somebody who deletes the wrong resource group."""
    locks = of_type("flex", "Microsoft.Authorization/locks")
    locked = {it.id.split("/providers/Microsoft.Authorization")[0] for it in locks}

    kinds = {resource.type for resource in resources("flex") if resource.id in locked}

    assert kinds == {
        "Microsoft.DocumentDB/databaseAccounts",
        "Microsoft.KeyVault/vaults",
        "Microsoft.Storage/storageAccounts",
    }


def test_a_serverless_database_is_given_no_throughput_and_an_autoscaled_one_is():
    """The former refuses any, the latter would get 400 request units for each container."""
    kind = "Microsoft.DocumentDB/databaseAccounts/sqlDatabases"

    serverless, autoscaled = of_type("flex", kind)[0], of_type("premium", kind)[0]

    assert serverless.properties["options"] == {}
    assert autoscaled.properties["options"] == {"autoscaleSettings": {"maxThroughput": 4000}}
    assert "EnableServerless" not in json.dumps(of_type("premium", kind.rsplit("/", 1)[0])[0].body)


@pytest.mark.parametrize(("rolling", "strategy"), [(True, "RollingUpdate"), (False, "Recreate")])
def test_updates_roll_through_the_instances_unless_somebody_wants_no_preview(rolling, strategy):
    """The default of Azure is to end what runs."""
    chosen = {**PARAMETERS["flex"], "rollingUpdates": rolling}

    deployed = Deployment(BICEP / "main.bicep", chosen).resources()

    app = next(it for it in deployed if it.type == "Microsoft.Web/sites")
    assert app.properties["functionAppConfig"]["siteUpdateStrategy"] == {"type": strategy}


def test_flex_consumption_is_given_no_setting_that_it_refuses():
    """Its runtime, package and scale are properties; as settings they break the deployment."""
    refused = {
        "ENABLE_ORYX_BUILD", "FUNCTIONS_EXTENSION_VERSION", "FUNCTIONS_WORKER_RUNTIME",
        "SCM_DO_BUILD_DURING_DEPLOYMENT", "TZ", "WEBSITE_CONTENTAZUREFILECONNECTIONSTRING",
        "WEBSITE_CONTENTSHARE", "WEBSITE_MAX_DYNAMIC_APPLICATION_SCALE_OUT",
        "WEBSITE_RUN_FROM_PACKAGE", "WEBSITE_TIME_ZONE",
    }  # fmt: skip

    for config in of_type("canary", "Microsoft.Web/sites/config"):
        assert not refused & set(config.properties)


def test_a_slot_keeps_its_task_hub_and_its_silence_when_it_is_swapped():
    """Production would otherwise get the hub of staging, with none of the orders under way."""
    configs = {it.name: it for it in of_type("premium", "Microsoft.Web/sites/config")}
    slot = of_type("premium", "Microsoft.Web/sites/slots/config")[0]
    sticky = next(it for name, it in configs.items() if name.endswith("/slotConfigNames"))
    app = next(it for name, it in configs.items() if name.endswith("/appsettings"))

    kept = set(sticky.properties["appSettingNames"])

    assert app.properties["TASKHUB_NAME"] != slot.properties["TASKHUB_NAME"]
    assert {name for name in slot.properties if name.endswith(".Disabled")} | {
        "TASKHUB_NAME"
    } == kept
