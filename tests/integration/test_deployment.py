"""What a deployment would upload, with the packages that it would install."""

import fnmatch
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from devstack.app_settings import app_settings
from devstack.ports import Ports
from devstack.services import ROOT

COUNT_FUNCTIONS = "import function_app; print(len(function_app.app.get_functions()))"


def upload(folder: Path) -> None:
    """Copy what .funcignore leaves, as Core Tools do when they publish."""
    patterns = (ROOT / ".funcignore").read_text().split()
    for path in ROOT.iterdir():
        if any(fnmatch.fnmatch(path.name, pattern) for pattern in patterns):
            continue
        if path.is_dir():
            shutil.copytree(path, folder / path.name)
        else:
            shutil.copy(path, folder)


@pytest.mark.slow
@pytest.mark.timeout(300)
def test_the_deployed_app_loads_with_its_own_requirements_alone(tmp_path):
    """A package that only developers have would stop the app in Azure, and nowhere else."""
    app, environment = tmp_path / "app", tmp_path / "environment"
    app.mkdir()
    upload(app)
    subprocess.run([sys.executable, "-m", "venv", environment], check=True)
    python = environment / ("Scripts" if os.name == "nt" else "bin") / "python"
    install = [python, "-m", "pip", "install", "--quiet", "-r", "requirements.txt"]
    subprocess.run(install, cwd=app, check=True)

    loaded = subprocess.run(
        [python, "-c", COUNT_FUNCTIONS],
        cwd=app,
        env={**os.environ, **app_settings(ROOT, Ports())},
        capture_output=True,
        text=True,
        check=False,
    )

    assert loaded.returncode == 0, loaded.stderr
    assert int(loaded.stdout) >= 17
    assert not (app / "emulators").exists()
