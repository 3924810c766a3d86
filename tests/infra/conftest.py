"""The checkers, in their own environment."""

from pathlib import Path

import pytest

import dev


@pytest.fixture(scope="session")
def tools() -> Path:
    """Where the checkers are, set up if they are not."""
    dev.set_up_infra_tools()
    return dev.INFRA_VENV / "bin"
