"""Every field of every manifest exists where it stands; a cluster drops or refuses the others."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
import yaml
from jsonschema import Draft202012Validator

from devstack.services import ROOT
from tests.infra.checking import run
from tests.infra.manifests import KUBERNETES

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]

SCHEMAS = {
    path.name.removesuffix(".schema.json"): json.loads(path.read_text())
    for path in sorted((ROOT / "tests" / "infra" / "crds").glob("*.schema.json"))
}
# The version of the schemas, and of what AKS runs by the time this is read.
KUBERNETES_VERSION = "1.37"
# Maps with any keys.
FREE = {"labels", "annotations", "matchLabels"}


def unknown_to(kind: str, resource: dict[str, Any]) -> list[str]:
    """What the schema of a custom kind has against a resource."""
    errors = Draft202012Validator(SCHEMAS[kind]).iter_errors(resource)
    return [f"{error.json_path}: {error.message}" for error in errors]


def with_a_stranger(value: Any) -> Iterator[Any]:
    """Copies of *value*, each with one field too many in one of its objects."""
    if isinstance(value, list):
        for index, item in enumerate(value):
            for changed in with_a_stranger(item):
                yield [*value[:index], changed, *value[index + 1 :]]
    elif isinstance(value, dict):
        yield {**value, "stranger": 1}
        for key in value.keys() - FREE:
            for changed in with_a_stranger(value[key]):
                yield {**value, key: changed}


def test_kinds_of_kubernetes_fit_their_schemas_strictly(deployed, gateway, tools, tmp_path):
    """By the schemas of Kubernetes itself, which refuse unknown fields with --strict."""
    for manifests in (deployed, gateway):
        file = tmp_path / f"{manifests.name}.yaml"
        own = [it for it in manifests.resources if it["kind"] not in SCHEMAS]
        file.write_text(yaml.safe_dump_all(own))

        checked = run(tools / "kubernetes-validate", "--strict", "-k", KUBERNETES_VERSION, file)

        assert checked.returncode == 0, checked.stdout + checked.stderr
        assert (checked.stdout + checked.stderr).count(" passed for resource ") == len(own)


def test_custom_kinds_fit_their_schemas(deployed, gateway):
    """By strict schemas of the fields that are used here, each with its source."""
    custom = [it for it in deployed.resources + gateway.resources if it["kind"] in SCHEMAS]

    assert [error for it in custom for error in unknown_to(it["kind"], it)] == []
    assert {it["kind"] for it in custom} == set(SCHEMAS)


@pytest.mark.parametrize("kind", SCHEMAS)
def test_a_schema_refuses_a_field_too_many_wherever_it_is(kind, deployed, gateway):
    """A misspelt field is the usual mistake, and a schema that lets it pass checks nothing."""
    wrong = [it for one in deployed.of(kind) + gateway.of(kind) for it in with_a_stranger(one)]

    assert len(wrong) > 3
    assert [it for it in wrong if not unknown_to(kind, it)] == []


@pytest.mark.parametrize("kind", SCHEMAS)
def test_a_schema_names_its_source(kind):
    """Who raises the version of an operator looks there for what has changed."""
    assert "github.com/" in SCHEMAS[kind]["$comment"]


def test_every_file_is_part_of_something_that_is_applied():
    """A manifest that no kustomization names does nothing, and looks as if it did."""
    for kustomization in KUBERNETES.rglob("kustomization.yaml"):
        said = yaml.safe_load(kustomization.read_text())
        named = {*said.get("resources", []), *(it.get("path") for it in said.get("patches", []))}
        there = {path.name for path in kustomization.parent.glob("*.yaml")}

        assert there - {"kustomization.yaml"} <= named


def test_the_page_says_what_each_file_is_for():
    """Who opens a cluster's manifests for the first time starts there."""
    page = (ROOT / "docs" / "kubernetes.md").read_text()
    files = {path.name for path in (KUBERNETES / "base").glob("*.yaml")} - {"kustomization.yaml"}

    assert {name for name in files if f"`{name}`" not in page} == set()
