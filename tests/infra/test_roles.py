"""What the app and others may do: infra/roles.json says, Bicep assigns, the code needs."""

import ast
import json
import re
from collections.abc import Iterator

import pytest

from devstack.services import ROOT
from tests.infra.bicep.deployment import Resource
from tests.infra.deployments import PARAMETERS, deployment, of_type, resources

ROLES = json.loads((ROOT / "infra" / "roles.json").read_text())
ASSIGNMENT = "Microsoft.Authorization/roleAssignments"
ON_DATA = "Microsoft.DocumentDB/databaseAccounts/sqlRoleAssignments"
# Who, which role, and where: the end of the id of what it is for.
Grant = tuple[str, str, str]

# Of the platform rather than of shared/clients.py, with what shows in the project that it is used.
OF_THE_PLATFORM = {
    "AzureWebJobsStorage": "AzureWebJobsStorage__credential",
    "COSMOS_FEED": "COSMOS_FEED__credential",
    "@Microsoft.KeyVault": "@Microsoft.KeyVault",
    "APPLICATIONINSIGHTS_AUTHENTICATION_STRING": "APPLICATIONINSIGHTS_AUTHENTICATION_STRING",
    "durableTask": '"durableTask"',
    "packages": "userAssignedIdentityResourceId",
}


def names(name: str) -> dict[str, str]:
    """Of the resources of one deployment that something is granted on, by what roles.json says."""
    by_type = {resource.type: resource.name for resource in resources(name)}
    account = by_type["Microsoft.Storage/storageAccounts"]
    return {
        "storage": f"/{account}",
        "database": f"/{by_type['Microsoft.DocumentDB/databaseAccounts']}/dbs/orders",
        "configuration": f"/{by_type['Microsoft.AppConfiguration/configurationStores']}",
        "vault": f"/{by_type['Microsoft.KeyVault/vaults']}",
        "insights": f"/{by_type['Microsoft.Insights/components']}",
        "deadLetters": f"/{account}/blobServices/default/containers/dead-letters",
        "packages": f"/{account}/blobServices/default/containers/packages",
        "frontDoor": f"/{by_type.get('Microsoft.Cdn/profiles')}",
    }


def principal(kind: str, name: str) -> str:
    """Of an identity, as the evaluation names it."""
    return f"<{kind} {name}>"


def wanted(name: str) -> Iterator[Grant]:
    """What roles.json asks for, written out for one deployment."""
    outputs, where = deployment(name).outputs(), names(name)
    token = outputs["RESOURCE_TOKEN"]
    identity = "Microsoft.ManagedIdentity/userAssignedIdentities"
    topics = json.loads((ROOT / "infra" / "event-grid.json").read_text())["topics"]
    incoming = [f"evgt-{topic['name']}-{token}" for topic in topics if topic["subscriptions"]]
    outgoing = [f"evgt-{topic['name']}-{token}" for topic in topics if not topic["subscriptions"]]
    apps = [app for app in (outputs["APP_NAME"], outputs["CANARY_APP_NAME"]) if app]
    several = {
        "outgoingTopics": [f"/{topic}" for topic in outgoing],
        "incomingTopics": [f"/{topic}" for topic in incoming],
        "apps": [f"/{app}" for app in apps],
        "frontDoor": [where["frontDoor"]] if outputs["FRONT_DOOR_NAME"] else [],
    }
    holders = {
        "app": [principal(identity, f"id-app-{token}")],
        "release": [principal(identity, f"id-release-{token}")],
        "topics": [principal("Microsoft.EventGrid/topics", topic) for topic in incoming],
        "eventSenders": PARAMETERS[name]["eventSenders"],
        "deployer": ["principal-of-deployer"],
    }
    for holder, granted in ROLES.items():
        for target, roles in granted.items():
            for who in holders[holder]:
                for place in several.get(target, [where.get(target, "")]):
                    yield from ((who, role["id"], place) for role in roles)


def granted(name: str) -> Iterator[Grant]:
    """What one deployment assigns."""
    for assignment in of_type(name, ASSIGNMENT):
        yield _grant(assignment, assignment.id.split("/providers/Microsoft.Authorization")[0])
    for assignment in of_type(name, ON_DATA):
        yield _grant(assignment, assignment.properties["scope"])


def _grant(assignment: Resource, scope: str) -> Grant:
    who = re.match(r"<[^>]+>|.*", assignment.properties["principalId"])
    assert who
    role = assignment.properties["roleDefinitionId"].rsplit("/", 1)[1]
    return who.group(), role, scope


@pytest.mark.parametrize("name", PARAMETERS)
def test_everybody_gets_the_roles_of_the_table_and_no_other(name):
    """One role too few stops the app, one too many is somebody's way in."""
    assigned = list(granted(name))

    missing = [
        (who, role, place)
        for who, role, place in wanted(name)
        if not any(a[:2] == (who, role) and a[2].endswith(place) for a in assigned)
    ]

    assert missing == []
    assert len(assigned) == len(list(wanted(name)))
    assert len({(who, role, place) for who, role, place in assigned}) == len(assigned)


def test_every_client_that_signs_in_has_a_role_that_it_needs_and_no_role_is_without_a_need():
    """By name, so that a new client without a role shows here, not in Azure."""
    needs = {need for roles in ROLES["app"].values() for role in roles for need in role["neededBy"]}

    assert needs - set(OF_THE_PLATFORM) == clients_that_sign_in()


def clients_that_sign_in() -> set[str]:
    """The functions of shared/clients.py that the container hands the app's credential."""
    tree = ast.parse((ROOT / "shared" / "container.py").read_text())
    calls = [node for node in ast.walk(tree) if isinstance(node, ast.Call)]
    return {
        call.func.attr
        for call in calls
        if isinstance(call.func, ast.Attribute)
        and any(isinstance(a, ast.Name) and a.id == "credential" for a in call.args)
    }


@pytest.mark.parametrize(("need", "evidence"), OF_THE_PLATFORM.items())
def test_what_the_platform_does_for_the_app_is_used(need, evidence):
    """A need that is gone leaves a role that nobody misses."""
    settings = {
        name: value
        for config in of_type("flex", "Microsoft.Web/sites/config")
        for name, value in config.properties.items()
    }
    app = of_type("flex", "Microsoft.Web/sites")[0]
    used = json.dumps([settings, app.properties]) + (ROOT / "host.json").read_text()

    assert evidence in used, need


def test_no_role_lets_its_holder_change_roles_or_read_keys():
    """Roles on data alone, the deployment of code excepted."""
    manage = {"Owner", "Contributor", "User Access Administrator", "Storage Account Contributor"}

    named = {role["role"] for where in ROLES.values() for roles in where.values() for role in roles}

    assert named & manage == set()


def test_every_role_has_one_id_and_a_reason():
    """Ids are compared by name: the same role under two ids is a typing error in one."""
    every = [role for where in ROLES.values() for roles in where.values() for role in roles]
    pairs = {(role["role"], role["id"]) for role in every}

    assert len(pairs) == len(dict(pairs)) == len({id_ for _, id_ in pairs})
    assert [role["role"] for role in every if len(role["because"].split()) < 4] == []
