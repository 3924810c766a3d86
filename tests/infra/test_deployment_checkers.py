"""Static checkers over the Dockerfile."""

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
