"""What the app needs and what Bicep deploys must be the same."""

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from devstack.app_settings import app_settings
from devstack.ports import Ports
from devstack.services import ROOT
from shared.container import FLAG_DEFAULTS
from shared.settings import Settings
from tests.infra.deployments import deployment, of_type

BICEP = ROOT / "infra" / "bicep"
SOURCES = {path: path.read_text() for path in sorted(BICEP.rglob("*.bicep"))}
SAMPLE = json.loads((ROOT / "local.settings.sample.json").read_text())["Values"]

# Of the platform, its bindings and its telemetry; the app itself does not read them.
OF_THE_PLATFORM = re.compile(
    r"AzureWebJobsStorage__|APPLICATIONINSIGHTS_|COSMOS_FEED__|TASKHUB_NAME$"
)

LIST_FUNCTIONS = """
import json, function_app
bindings = {f.get_function_name(): f.get_trigger().get_binding_name()
            for f in function_app.app.get_functions()}
print(json.dumps(bindings))
"""


def settings_of_bicep() -> set[str]:
    """The names of the settings that the app gets."""
    app = deployment("flex").outputs()["APP_NAME"]
    named = {resource.name: resource for resource in of_type("flex", "Microsoft.Web/sites/config")}
    return set(named[f"{app}/appsettings"].properties)


def names_of_fields() -> set[str]:
    """The names of the settings that the app reads."""
    return {field.alias or name.upper() for name, field in Settings.model_fields.items()}


def trigger_of_functions() -> dict[str, str]:
    """Every function of the app with the kind of its trigger."""
    environment = {**os.environ, **app_settings(ROOT, Ports())}
    listed = subprocess.run(
        [sys.executable, "-c", LIST_FUNCTIONS],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        check=True,
    )
    found: dict[str, str] = json.loads(listed.stdout.splitlines()[-1])
    return found


# Keys and addresses of emulators: in Azure identities sign in, and services have their own names.
OF_EMULATORS = {
    "APP_CONFIGURATION_CONNECTION_STRING",
    "AzureWebJobsStorage",
    "COSMOS_KEY",
    "EVENT_GRID_TOPIC_KEY",
    "PAYMENT_API_BASE",
}
# What takes their place there. App Service itself says whether its authentication runs.
OF_AZURE = {
    "APP_CONFIGURATION_ENDPOINT",
    "AzureWebJobsStorage__blobServiceUri",
    "MANAGED_IDENTITY_CLIENT_ID",
}
OF_APP_SERVICE = {"WEBSITE_AUTH_ENABLED"}


def test_every_setting_that_the_app_reads_is_deployed():
    """What is missing in Azure stops the app there, and nowhere else."""
    assert names_of_fields() & settings_of_bicep() == (
        names_of_fields() - OF_EMULATORS - OF_APP_SERVICE
    )


def test_every_setting_that_the_app_reads_is_in_the_sample():
    """Whoever copies the sample sees all that can be set."""
    assert names_of_fields() & set(SAMPLE) == names_of_fields() - OF_AZURE - OF_APP_SERVICE


def test_a_setting_is_deployed_as_its_default():
    """Who leaves one alone gets the same app everywhere."""
    app = deployment("flex").outputs()["APP_NAME"]
    named = {resource.name: resource for resource in of_type("flex", "Microsoft.Web/sites/config")}
    deployed = named[f"{app}/appsettings"].properties
    defaults = {
        name.upper(): str(field.default)
        for name, field in Settings.model_fields.items()
        if not field.is_required() and field.default is not None
    }

    different = {name for name in deployed.keys() & defaults if deployed[name] != defaults[name]}

    assert different == set()


def test_nothing_is_set_that_nobody_reads():
    """A setting without a reader misleads whoever changes it."""
    unread = {name for name in settings_of_bicep() if not OF_THE_PLATFORM.match(name)}

    assert unread <= names_of_fields()


@pytest.mark.parametrize("file", sorted(path.name for path in (ROOT / "infra").glob("*.json")))
def test_every_description_of_infrastructure_is_loaded_by_bicep(file):
    """The emulators have what it describes; without this, Azure would not."""
    loaded = re.compile(rf"loadJsonContent\('(?:\.\./)+{re.escape(file)}'\)")

    assert any(loaded.search(text) for text in SOURCES.values())


def test_every_container_that_the_app_opens_is_deployed_and_no_other():
    """The identity of the app may not create containers."""
    code = "".join(path.read_text() for path in (ROOT / "shared").rglob("*.py"))
    code += (ROOT / "triggers" / "change_feed.py").read_text()
    opened = set(re.findall(r'get_container_client\("([^"]+)"\)', code))
    opened |= set(re.findall(r'container_name": "([^"]+)"', code))
    layout = json.loads((ROOT / "infra" / "cosmos.json").read_text())

    assert {container["id"] for container in layout["containers"]} == opened


def test_every_flag_that_the_app_asks_for_is_deployed_and_no_other():
    """A flag that nobody created cannot be switched in an emergency."""
    flags = json.loads((ROOT / "infra" / "feature-flags.json").read_text())

    assert {flag["id"] for flag in flags} == set(FLAG_DEFAULTS)


def test_a_staging_slot_leaves_everything_but_requests_to_production():
    """Its feeds and sagas share the database with production's, and would do the work twice."""
    quiet = json.loads((ROOT / "infra" / "background-functions.json").read_text())

    triggers = trigger_of_functions()

    asked = {"httpTrigger", "warmupTrigger"}
    assert set(quiet) == {name for name, kind in triggers.items() if kind not in asked}


def test_event_subscriptions_lead_to_a_function_that_takes_events():
    """Event Grid refuses one that does not exist, twenty minutes into a deployment."""
    topics = json.loads((ROOT / "infra" / "event-grid.json").read_text())["topics"]
    wanted = {it["endpoint"].split("functionName=")[1] for t in topics for it in t["subscriptions"]}

    triggers = trigger_of_functions()

    assert wanted == {name for name, kind in triggers.items() if kind == "eventGridTrigger"}


@pytest.mark.parametrize(
    "file", ["infra/bicep/main.parameters.json", ".github/workflows/infrastructure.yml",
             ".github/workflows/azure-dev.yml"]
)  # fmt: skip
def test_every_secret_is_handed_in_wherever_something_is_deployed(file):
    """One that is forgotten stays empty, and the setting that refers to it unresolved."""
    secrets = json.loads((ROOT / "infra" / "secrets.json").read_text())

    text = (ROOT / file).read_text()

    assert [it["setting"] for it in secrets if f"{it['setting']}" not in text] == []


def test_secrets_come_to_the_app_as_references_alone():
    """Whoever may read settings of the app must not read them there."""
    secrets = {it["setting"] for it in json.loads((ROOT / "infra" / "secrets.json").read_text())}

    for config in of_type("canary", "Microsoft.Web/sites/config"):
        values = {config.properties[name] for name in secrets}

        assert all(value.startswith("@Microsoft.KeyVault(SecretUri=") for value in values)


def test_one_topic_alone_is_published_to():
    """The app has one setting for it, and the role for each topic without subscriptions."""
    topics = json.loads((ROOT / "infra" / "event-grid.json").read_text())["topics"]

    assert [topic["name"] for topic in topics if not topic["subscriptions"]] == ["order-events"]


def test_every_skipped_check_has_a_reason():
    """A skip without one is a finding nobody looked at."""
    skips = re.findall(r"checkov:skip=(\S+?):(.*)", "".join(SOURCES.values()))
    skips += re.findall(r"- (CKV\w+) *(?:# (.*))?", (BICEP / ".checkov.yaml").read_text())

    assert [check for check, reason in skips if len(reason.split()) < 3] == []


def test_the_package_holds_the_app_and_nothing_else():
    """What does not run in Azure is not uploaded to it."""
    sys.path.insert(0, str(ROOT / "infra" / "release"))
    try:
        from package import files  # type: ignore[import-not-found]
    finally:
        sys.path.pop(0)

    top = {Path(file).parts[0] for file in files()}

    app = {"activities", "orchestrations", "shared", "triggers", "function_app.py", "host.json"}
    assert top == app | {"requirements.txt", "constraints.txt"}
