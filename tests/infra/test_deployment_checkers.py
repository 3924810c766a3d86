"""Static checkers over the Dockerfile, what is applied to a cluster, and what Dependabot reads."""

import re

import pytest

from devstack.services import ROOT
from tests.infra.checking import checkov, run

CONFIG = ROOT / "deploy" / ".checkov.yaml"

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]


def test_hadolint_finds_nothing(tools):
    """Mistakes that many have made before."""
    checked = run(tools / "hadolint", "Dockerfile")

    assert checked.returncode == 0, checked.stdout


def test_checkov_finds_nothing_in_the_dockerfile(tools):
    """It has to have read it: of a file that it does not recognize it says nothing at all."""
    report = checkov(tools, CONFIG, "--framework", "dockerfile", "--file", "Dockerfile")

    assert {check["file_path"] for check in report["results"]["passed_checks"]} == {"Dockerfile"}
    assert report["summary"]["parsing_errors"] == 0
    assert report["results"]["failed_checks"] == []


def test_checkov_finds_nothing_in_what_is_applied(tools, deployed, tmp_path):
    """Rendered, as the cluster gets it: patches alone are no pods. All of it has to be read."""
    (tmp_path / f"{deployed.name}.yaml").write_text(deployed.text)

    report = checkov(tools, CONFIG, "--framework", "kubernetes", "--directory", tmp_path)

    # checkov looks at the pods of a deployment once more, by themselves.
    pods = len(deployed.of("Deployment"))
    assert report["summary"]["resource_count"] == len(deployed.resources) + pods
    assert report["summary"]["parsing_errors"] == 0
    assert report["results"]["failed_checks"] == []
    looked_at = {check["resource"].split(".")[0] for check in report["results"]["passed_checks"]}
    assert {"Deployment", "Pod", "Service", "ServiceAccount", "ConfigMap"} <= looked_at


def test_every_check_that_is_left_out_has_a_reason():
    """A skip without one is a finding nobody looked at."""
    skips = re.findall(r"- (CKV\w+) *(?:# (.*))?", CONFIG.read_text())

    assert skips
    assert [check for check, reason in skips if len(reason.split()) < 3] == []


def test_dependabot_understands_its_file(tools):
    """It stops in silence at a mistake, and versions grow old."""
    checked = run(
        tools / "check-jsonschema",
        "--builtin-schema",
        "vendor.dependabot",
        ".github/dependabot.yml",
    )

    assert checked.returncode == 0, checked.stdout
