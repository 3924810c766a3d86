"""What one step of a deployment hands to the next: parameters, outputs, variables of workflows."""

import json
import re

import pytest

from devstack.services import ROOT
from tests.infra.bicep.declarations import read
from tests.infra.deployments import BICEP, deployment

# Known to azd, or set by whoever deploys; docs/deployment.md names them.
OF_AZD = {"AZURE_ENV_NAME", "AZURE_LOCATION", "AZURE_PRINCIPAL_ID"}


def parameters_in(stage: str) -> dict[str, object]:
    """The parameter file of one stage."""
    file = json.loads((BICEP / f"{stage}.parameters.json").read_text())
    values: dict[str, object] = file["parameters"]
    return values


@pytest.mark.parametrize("stage", ["main", "subscriptions"])
def test_a_parameter_file_has_every_parameter_that_is_needed_and_none_that_is_not_there(stage):
    """Azd asks for what is missing, which a workflow cannot answer."""
    parameters = read(BICEP / f"{stage}.bicep").parameters
    needed = {name for name, parameter in parameters.items() if parameter.default is None}

    given = set(parameters_in(stage))

    assert needed <= given <= set(parameters)


@pytest.mark.parametrize("stage", ["main", "subscriptions"])
def test_what_has_no_default_comes_from_azd_or_from_the_stage_before(stage):
    """The second stage is told what the first one deployed by its outputs."""
    asked = re.findall(r"\$\{(\w+)\}", json.dumps(parameters_in(stage)))

    assert set(asked) <= OF_AZD | set(deployment("flex").outputs())


@pytest.mark.parametrize("stage", ["services", "subscriptions"])
def test_azd_finds_the_template_of_each_layer(stage):
    """A layer whose template is not there fails after the code was packed."""
    text = (ROOT / "azure.yaml").read_text()
    layer = re.search(rf"- name: {stage}\n +path: (\S+)\n +module: (\S+)", text)

    assert layer
    assert (ROOT / layer[1] / f"{layer[2]}.bicep").exists()
    assert f"azd: provision {stage}" in text


def test_workflows_ask_for_outputs_that_there_are():
    """A misspelt one is empty, and the command before it runs nevertheless."""
    text = (ROOT / ".github" / "workflows" / "infrastructure.yml").read_text()

    asked = set(re.findall(r"\$\(output (\w+)\)", text))

    assert asked
    assert asked <= set(deployment("flex").outputs())


@pytest.mark.parametrize("workflow", ["infrastructure", "release", "deploy-canary", "azure-dev"])
def test_every_variable_of_a_workflow_is_documented(workflow):
    """Nobody else knows what to enter on GitHub."""
    text = (ROOT / ".github" / "workflows" / f"{workflow}.yml").read_text()
    documented = (ROOT / "docs" / "deployment.md").read_text()

    asked = set(re.findall(r"vars\.(\w+)", text)) | set(re.findall(r"secrets\.([A-Z_]+)", text))

    assert {name for name in asked if f"`{name}`" not in documented} == set()
