"""What kustomize makes of deploy/kubernetes, for tests to look at."""

import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from devstack.services import ROOT

KUBERNETES = ROOT / "deploy" / "kubernetes"
ENVIRONMENTS = tuple(sorted(folder.name for folder in (KUBERNETES / "overlays").iterdir()))

Resource = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Manifests:
    """The resources that one command applies, and the text they were read from."""

    name: str
    text: str
    resources: tuple[Resource, ...]

    def of(self, kind: str) -> list[Resource]:
        """Every resource of this kind."""
        return [resource for resource in self.resources if resource["kind"] == kind]

    def named(self, kind: str, name: str) -> Resource:
        """The one resource of this kind with this name."""
        [found] = [it for it in self.of(kind) if it["metadata"]["name"] == name]
        return found

    def pod(self, deployment: str) -> Resource:
        """The pods of a deployment, as its template says."""
        template: Resource = self.named("Deployment", deployment)["spec"]["template"]
        return template

    def app(self, deployment: str) -> Resource:
        """The one container of those pods."""
        [container] = self.pod(deployment)["spec"]["containers"]
        found: Resource = container
        return found

    def environment_of(self, deployment: str) -> dict[str, str]:
        """The settings that the app gets there; secrets with an empty value."""
        settings: dict[str, str] = {}
        for source in self.app(deployment)["envFrom"]:
            if "configMapRef" in source:
                settings |= self.named("ConfigMap", source["configMapRef"]["name"])["data"]
            else:
                settings |= dict.fromkeys(self.keys_of_secret(source["secretRef"]["name"]), "")
        return settings

    def keys_of_secret(self, name: str) -> list[str]:
        """The keys of a Secret that the Key Vault driver makes."""
        objects = [
            it for spc in self.of("SecretProviderClass") for it in spc["spec"]["secretObjects"]
        ]
        [found] = [it for it in objects if it["secretName"] == name]
        return [entry["key"] for entry in found["data"]]


def render(tools: Path, folder: str) -> Manifests:
    """Run kustomize over a folder below deploy/kubernetes."""
    command = [str(tools / "kubectl"), "kustomize", str(KUBERNETES / folder)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return Manifests(Path(folder).name, done.stdout, tuple(yaml.safe_load_all(done.stdout)))
