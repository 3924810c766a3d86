"""Static checkers over Bicep and workflows; the compiler itself runs in the CI workflow."""

import json

import pytest

from devstack.services import ROOT
from tests.infra.checking import run

BICEP = ROOT / "infra" / "bicep"
BICEP_CHECK = ROOT.parent / "shared" / "tools" / "bicep_check.py"

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]


def test_bicep_has_the_types_that_azure_knows(tools):
    """A misspelt property is dropped in silence, or fails after minutes."""
    if not BICEP_CHECK.exists():
        pytest.skip(f"{BICEP_CHECK} is not on this machine; the CI workflow runs the compiler")

    checked = run(tools / "python", BICEP_CHECK, BICEP)

    assert checked.returncode == 0, checked.stdout


def test_checkov_finds_nothing_in_any_file(tools):
    """Every file is read: one that its parser does not understand would be left out in silence."""
    config = ["--config-file", str(BICEP / ".checkov.yaml"), "--output", "json"]

    checked = run(tools / "checkov", "-d", BICEP, *config)

    report = json.loads(checked.stdout)
    assert report["summary"]["parsing_errors"] == 0
    assert report["results"]["failed_checks"] == []
    assert checked.returncode == 0


@pytest.mark.parametrize("path", sorted(BICEP.rglob("*.bicep")), ids=lambda path: path.name)
def test_the_parser_of_checkov_understands_every_file(tools, path):
    """By itself, since checkov says little about files that it leaves out."""
    parse = f"from pycep import BicepParser; BicepParser().parse(text=open({str(path)!r}).read())"

    parsed = run(tools / "python", "-c", parse)

    assert parsed.returncode == 0, parsed.stderr


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
