"""Checkers over what Bicep deploys, and over workflows; the compiler runs in the CI workflow."""

import json
import re
import subprocess
from pathlib import Path

import pytest

from devstack.services import ROOT
from tests.infra.bicep.declarations import Template, read
from tests.infra.bicep.resolved import resolved
from tests.infra.checking import run
from tests.infra.deployments import BICEP, PARAMETERS, resources

SCHEMAS = ROOT / "tests" / "infra" / "schemas"
BICEP_CHECK = ROOT.parent / "shared" / "tools" / "bicep_check.py"

# A check of checkov, and the file and line of what it fails at.
Finding = tuple[str, str]
# checkov passes about 220; far fewer would mean that it read something else.
MANY = 200
# Its checks for services that answer to anybody on the internet, the app itself excepted.
PUBLIC = {
    "CKV_AZURE_35", "CKV_AZURE_59", "CKV_AZURE_101", "CKV_AZURE_109",
    "CKV_AZURE_189", "CKV_AZURE_193",
}  # fmt: skip

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]


def test_bicep_has_the_types_that_azure_knows(tools):
    """A misspelt property is dropped in silence, or fails after minutes."""
    if not BICEP_CHECK.exists():
        pytest.skip(f"{BICEP_CHECK} is not on this machine; the CI workflow runs the compiler")

    checked = run(tools / "python", BICEP_CHECK, BICEP)

    assert checked.returncode == 0, checked.stdout


@pytest.fixture(scope="module")
def failures(tools, tmp_path_factory) -> dict[Finding, list[str]]:
    """What checkov objects to, whether somebody turned it off or not, and in which deployments."""
    folder = tmp_path_factory.mktemp("resolved")
    for name in PARAMETERS:
        (folder / f"{name}.bicep").write_text(resolved(resources(name)))
    arguments = ["--framework", "bicep", "--skip-download", "--output", "json"]
    checked = run(tools / "checkov", "-d", folder, *arguments)
    assert "Failed to run check" not in checked.stderr
    report = json.loads(checked.stdout)
    assert report["summary"]["parsing_errors"] == 0
    assert report["summary"]["passed"] > MANY
    found: dict[Finding, list[str]] = {}
    for failed in report["results"]["failed_checks"]:
        name = failed["file_path"].strip("/").removesuffix(".bicep")
        symbol = failed["resource"].rsplit(".", 1)[1]
        where = resources(name)[int(symbol.removeprefix("r"))].at
        found.setdefault((failed["check_id"], where), []).append(name)
    return found


def turned_off() -> set[Finding]:
    """What a comment at a resource turns off."""
    every = (resource for name in PARAMETERS for resource in resources(name))
    return {(check, resource.at) for resource in every for check in resource.skips}


def turned_off_everywhere() -> set[str]:
    """What .checkov.yaml turns off."""
    return set(re.findall(r"- (CKV\w+)", (BICEP / ".checkov.yaml").read_text()))


def test_checkov_finds_nothing_that_nobody_looked_at(failures):
    """In what is deployed, where every condition is decided and every variable has its value."""
    off, everywhere = turned_off(), turned_off_everywhere()

    new = {it: where for it, where in failures.items() if it not in off and it[0] not in everywhere}

    assert new == {}


def test_no_check_is_turned_off_for_nothing(failures):
    """A skip that is not needed any more would hide the day on which it is."""
    failed = {check for check, _ in failures}

    assert {f"{check} at {where}" for check, where in turned_off() - set(failures)} == set()
    assert turned_off_everywhere() - failed == set()


def test_an_isolated_deployment_lets_nobody_in_from_outside(failures):
    """Skips say "off when networkIsolation is on": this holds them to it."""
    isolated = {"isolated", "isolated-premium"}

    open_doors = {it for it, where in failures.items() if it[0] in PUBLIC and isolated & {*where}}

    assert open_doors == set()


def test_checkov_sees_every_file():
    """One that no deployment uses would be left out in silence."""
    seen = {resource.at.split(":")[0] for name in PARAMETERS for resource in resources(name)}

    declaring = {path for path in BICEP.rglob("*.bicep") if _deploys(read(path))}

    assert seen == {path.name for path in declaring}


def _deploys(template: Template) -> bool:
    declared = template.declared.values()
    return any(it.kind == "resource" and not it.existing for it in declared)


@pytest.mark.parametrize("file", ["host.json", "azure.yaml"])
def test_what_tools_of_azure_read_fits_a_schema(tools, file):
    """They ignore what they do not know, so that a misspelt setting is one that is not there."""
    checked = check_schema(tools, file, ROOT / file)

    assert checked.returncode == 0, checked.stdout


@pytest.mark.parametrize(
    ("file", "right", "wrong"),
    [
        ("host.json", '"maxRetryCount": 2', '"maxRetries": 2'),
        ("host.json", '"maxQueuePollingInterval": "00:00:02"', '"maxQueuePollingInterval": 2'),
        ("host.json", '"hubName": "%TASKHUB_NAME%"', '"hubName": "order-hub"'),
        ("host.json", '"traceInputsAndOutputs": false', '"traceInputsAndOutputs": true'),
        ("host.json", '"version": "2.0"', '"version": 2.0'),
        ("azure.yaml", "dependsOn:", "dependson:"),
        ("azure.yaml", ">= 1.25.0", ">= 1.24.0"),
        ("azure.yaml", "host: function", "host: functions"),
        ("azure.yaml", "azd: deploy --all", "run: deploy --all"),
    ],
)
def test_a_mistake_is_found(tools, tmp_path, file, right, wrong):
    """A schema that lets everything pass would look just as green."""
    text = (ROOT / file).read_text()
    planted = tmp_path / file
    assert right in text
    planted.write_text(text.replace(right, wrong, 1))

    checked = check_schema(tools, file, planted)

    assert checked.returncode == 1, checked.stdout


def check_schema(tools: Path, file: str, path: Path) -> subprocess.CompletedProcess[str]:
    """Hold *path* to the schema of *file*."""
    schema = SCHEMAS / (file if file.endswith(".json") else f"{file}.json")
    return run(tools / "check-jsonschema", "--schemafile", schema, path)


def test_workflows_fit_their_schema(tools):
    """GitHub says nothing about a workflow that it cannot read; it just does not run."""
    workflows = sorted((ROOT / ".github" / "workflows").glob("*.yml"))

    checked = run(
        tools / "check-jsonschema", "--builtin-schema", "vendor.github-workflows", *workflows
    )

    assert checked.returncode == 0, checked.stdout


def test_workflows_have_no_known_weakness(tools):
    """They sign in to Azure: an injected title or a leaked token would be the subscription's."""
    checked = run(tools / "zizmor", "--offline", "--min-severity", "medium", ".github/workflows")

    assert checked.returncode == 0, checked.stdout
