"""The checkers, in their own environment, and what kustomize renders."""

from pathlib import Path

import pytest

import dev
from tests.infra.manifests import ENVIRONMENTS, Manifests, render


@pytest.fixture(scope="session")
def tools() -> Path:
    """Where the checkers are, set up if they are not."""
    dev.set_up_infra_tools()
    return dev.INFRA_VENV / "bin"


@pytest.fixture(scope="session", params=ENVIRONMENTS)
def deployed(request: pytest.FixtureRequest, tools: Path) -> Manifests:
    """What is applied to the cluster of each environment."""
    return render(tools, f"overlays/{request.param}")


@pytest.fixture(scope="session")
def gateway(tools: Path) -> Manifests:
    """What is applied once per cluster."""
    return render(tools, "gateway")
