"""What the image promises: docs/kubernetes.md and the pods rely on it."""

import json
import re
import sys
import tomllib
from typing import Any

import pytest
from dockerfile_parse import DockerfileParser

from devstack.services import ROOT

DOCKERFILE = ROOT / "Dockerfile"
PARSED = DockerfileParser(path=str(DOCKERFILE))

APP_ROOT = "/home/site/wwwroot"
WRITABLE = "/tmp"


def stages() -> list[list[tuple[str, str]]]:
    """Instructions with their values, stage by stage; what stands before the first is left out."""
    found: list[list[tuple[str, str]]] = []
    for step in PARSED.structure:
        if step["instruction"] == "FROM":
            found.append([])
        if found and step["instruction"] != "COMMENT":
            found[-1].append((step["instruction"], step["value"]))
    return found


FINAL = stages()[-1]


def values(instruction: str) -> list[str]:
    """What the final stage says in each *instruction* of this kind, in order."""
    return [value for name, value in FINAL if name == instruction]


def test_the_base_is_pinned_by_a_digest():
    """A tag is moved; the same commit would then be another image."""
    outside = [stage[0][1] for stage in stages() if "/" in stage[0][1]]

    assert outside == [
        "mcr.microsoft.com/azure-functions/python:4-python3.11@${BASE_DIGEST} AS host"
    ]


def test_a_default_of_the_digest_is_one():
    """Without a default the build stops; with half of one it would stop later."""
    declared = [step["value"] for step in PARSED.structure if step["instruction"] == "ARG"]

    assert [arg for arg in declared if re.fullmatch(r"BASE_DIGEST(=sha256:[0-9a-f]{64})?", arg)]
    assert len(declared) == 1


def test_the_base_has_the_python_of_the_project():
    """Packages with compiled parts are built for one version."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]

    assert project["requires-python"].startswith(">=3.11")
    assert ":4-python3.11@" in stages()[0][0][1]


def test_packages_are_installed_before_code_is_copied():
    """A change of code alone leaves the large layer of packages as it is."""
    copied = values("COPY")

    assert [value.split()[0] for value in copied] == ["--from=packages", "--from=code"]
    assert not any(
        value == ". ./" for stage in stages()[:2] for name, value in stage if name == "COPY"
    )


def test_nothing_of_the_build_is_left_but_its_results():
    """The final stage runs nothing: no cache, no compiler, no layer that was cleaned too late."""
    assert values("RUN") == []


def test_it_runs_as_a_user_with_a_number_that_is_not_root():
    """Kubernetes refuses a name, since a name says nothing."""
    user, group = values("USER")[-1].split(":")

    assert int(user) > 0
    assert int(group) > 0


def test_the_code_belongs_to_root():
    """Who gets into the app cannot change it for whoever comes next."""
    assert not any("--chown" in value or "--chmod" in value for value in values("COPY"))


def test_the_host_listens_where_the_container_says():
    """Above 1024, which takes no privilege; one number in three places."""
    [exposed] = values("EXPOSE")

    assert int(exposed) > 1024
    assert PARSED.envs["ASPNETCORE_URLS"] == f"http://+:{exposed}"
    assert f"127.0.0.1:{exposed}/api/health" in values("HEALTHCHECK")[0]


def test_the_health_check_asks_a_route_that_the_app_has():
    """One that asks for what is not there kills a container that is well."""
    prefix = json.loads((ROOT / "host.json").read_text())["extensions"]["http"]["routePrefix"]
    app = (ROOT / "function_app.py").read_text()

    assert prefix == "api"
    assert 'app.route("health", methods=["GET"], auth_level=func.AuthLevel.ANONYMOUS)' in app


@pytest.mark.parametrize("name", ["HOME", "FUNCTIONS_SECRETS_PATH"])
def test_what_is_written_goes_to_the_one_writable_mount(name):
    """Their defaults lie in the image, which cannot be written to."""
    assert PARSED.envs[name].startswith(WRITABLE)


def test_python_writes_nothing_beside_its_sources():
    """It was compiled when the image was built, by content and not by date."""
    assert PARSED.envs["PYTHONDONTWRITEBYTECODE"] == "1"
    for stage in stages()[1:3]:
        [command] = [value for name, value in stage if name == "RUN"]
        assert "compileall" in command
        assert "--invalidation-mode unchecked-hash" in command


def test_packages_lie_where_python_looks_for_them():
    """The worker finds them by itself on App Service only."""
    [target] = [value.split()[-1] for value in values("COPY") if "--from=packages" in value]

    assert values("WORKDIR") == [APP_ROOT]
    assert PARSED.envs["AzureWebJobsScriptRoot"] == APP_ROOT
    assert PARSED.envs["PYTHONPATH"] == f"{APP_ROOT}/{target}"


def test_the_host_itself_gets_the_signals():
    """A shell in between keeps SIGTERM, and work is cut off instead of finished."""
    command = json.loads(values("CMD")[-1])

    assert command == ["/azure-functions-host/Microsoft.Azure.WebJobs.Script.WebHost"]
    assert values("ENTRYPOINT") == []


def test_the_image_holds_what_the_package_for_azure_holds():
    """Two lists of what the app is made of would differ one day."""
    sys.path.insert(0, str(ROOT / "infra" / "release"))
    try:
        from package import files  # type: ignore[import-not-found]
    finally:
        sys.path.pop(0)
    lines = [line for line in (ROOT / ".dockerignore").read_text().split() if line[0] in "!*"]

    allowed = {line[1:] for line in lines if line.startswith("!")}

    assert lines[0] == "*"
    assert allowed == {path.parts[0] for path in files()}


def test_no_secret_is_baked_in():
    """Every layer can be read by whoever may pull the image."""
    told = json.loads((ROOT / "local.settings.sample.json").read_text())["Values"]
    set_here: dict[str, Any] = dict(PARSED.envs)

    assert not set(told) & set(set_here)
