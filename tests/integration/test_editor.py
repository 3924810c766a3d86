"""The editor's files refer to things that exist, and to the ports that are used."""

import json
import re
import tomllib
from dataclasses import asdict
from importlib.util import find_spec
from typing import Any

import pytest
import yaml

import dev
from devstack.ports import Ports
from devstack.services import ROOT
from emulators.functions_host.worker_process import ARGUMENTS_VARIABLE


def read(path: str) -> Any:
    """A JSON file of the project; without comments, so that every tool reads it."""
    return json.loads((ROOT / path).read_text())


TASKS = {task["label"]: task for task in read(".vscode/tasks.json")["tasks"]}
LAUNCHES = {it["name"]: it for it in read(".vscode/launch.json")["configurations"]}
DEVCONTAINER = read(".devcontainer/devcontainer.json")
UPDATES = yaml.safe_load((ROOT / ".github" / "dependabot.yml").read_text())["updates"]


@pytest.mark.parametrize("name", LAUNCHES)
def test_what_is_launched_is_there(name):
    """F5 on a module that was renamed says no more than that it ended with 1."""
    launch = LAUNCHES[name]

    assert launch["request"] == "attach" or find_spec(launch["module"])
    if launch.get("module") == "devstack":
        assert launch["args"][0] in dev.NEEDS_AZURITE


def test_f5_works_with_core_tools_and_without():
    """The first is what F5 starts when nobody has chosen: it needs nothing but this project."""
    first, second, *_ = LAUNCHES.values()

    assert TASKS[first["preLaunchTask"]]["command"] == "python3 dev.py serve"
    assert TASKS[second["preLaunchTask"]]["command"] == "host start"


def test_breakpoints_in_functions_are_reached():
    """The emulated host runs functions in a process of its own; the editor attaches to that one."""
    launch = LAUNCHES["Serve (without Core Tools)"]
    [(variable, arguments)] = TASKS[launch["preLaunchTask"]]["options"]["env"].items()
    *_, address = arguments.split()

    assert variable == ARGUMENTS_VARIABLE
    assert address == f"{launch['connect']['host']}:{launch['connect']['port']}"


@pytest.mark.parametrize("label", TASKS)
def test_tasks_run_commands_and_tasks_that_exist(label):
    """A task that depends on a missing one does not start, and says so in a corner."""
    task = TASKS[label]
    command = re.match(r"python3 dev\.py (\S+)", task["command"])

    assert set(task.get("dependsOn", [])) <= set(TASKS)
    if command:
        assert command[1] in dev.NEEDS_AZURITE | dev.NEED_NO_AZURITE


@pytest.mark.parametrize("label", ["serve", "emulators"])
def test_the_editor_knows_when_the_stack_is_ready(label):
    """It waits for these words on the terminal before it attaches, or starts Core Tools."""
    watched = TASKS[label]["problemMatcher"]["background"]

    assert watched["endsPattern"] in (ROOT / "devstack" / "serve.py").read_text()
    assert watched["beginsPattern"] in (ROOT / "devstack" / "local.py").read_text()


def test_core_tools_find_services_and_settings():
    """Without them the app stops at its first setting."""
    assert TASKS["func: host start"]["dependsOn"] == ["local settings", "emulators"]


def test_local_settings_come_from_the_sample():
    """Without them Core Tools start an app that stops at its first setting."""
    source, target = TASKS["local settings"]["command"].split(" cp ")[1].split()

    assert (ROOT / source).exists()
    assert target in (ROOT / ".gitignore").read_text().split()


def test_the_test_explorer_leaves_out_what_is_slow():
    """It runs the folder that pytest runs, with a marker that exists."""
    settings = read(".vscode/settings.json")
    pytest_options = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["pytest"]
    markers = [it.split(":")[0] for it in pytest_options["ini_options"]["markers"]]

    folder, _, selection = settings["python.testing.pytestArgs"]

    assert [folder] == pytest_options["ini_options"]["testpaths"]
    assert selection.removeprefix("not ") in markers
    assert settings["python.defaultInterpreterPath"].endswith(f"/{dev.VENV.name}/bin/python")
    assert settings["azureFunctions.pythonVenv"] == dev.VENV.name


def test_extensions_are_the_same_in_the_container():
    """Two lists would differ one day."""
    recommended = read(".vscode/extensions.json")["recommendations"]

    assert DEVCONTAINER["customizations"]["vscode"]["extensions"] == recommended


def test_the_container_has_the_python_and_the_node_of_the_project():
    """Another one would test something else; dev.py refuses it."""
    version = ".".join(map(str, dev.PYTHON))
    node = DEVCONTAINER["features"]["ghcr.io/devcontainers/features/node:1"]["version"]

    assert f":{version}-" in DEVCONTAINER["image"]
    assert node == str(dev.OLDEST_NODE)


def test_the_container_forwards_every_port_and_says_what_it_is():
    """The pages of the emulators are half of what they are for."""
    ports = asdict(Ports())
    labels = {int(port): it["label"] for port, it in DEVCONTAINER["portsAttributes"].items()}

    assert DEVCONTAINER["forwardPorts"] == list(ports.values())
    assert {number: label.split(":")[0] for number, label in labels.items()} == {
        number: name for name, number in ports.items()
    }


def test_the_container_sets_up_with_what_dev_py_has():
    """A set-up of its own would be another one."""
    [call] = re.findall(r"dev\.(\w+)\(with_azurite=True\)", DEVCONTAINER["postCreateCommand"])

    assert callable(getattr(dev, call))


@pytest.mark.parametrize("update", UPDATES, ids=lambda it: it["package-ecosystem"])
def test_dependabot_finds_something_to_raise(update):
    """It says nothing about a folder without anything in it."""
    files = {
        "pip": "requirements.txt",
        "npm": "package-lock.json",
        "github-actions": ".github/workflows/ci.yml",
        "docker": "Dockerfile",
        "devcontainers": ".devcontainer/devcontainer.json",
    }

    folder = ROOT / update["directory"].lstrip("/")

    assert (folder / files[update["package-ecosystem"]]).exists()
