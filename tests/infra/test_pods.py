"""What pods may do, where they run, and how they come and go."""

import re

import pytest
from dockerfile_parse import DockerfileParser

from devstack.services import ROOT

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]

DEPLOYMENTS = ("orders-http", "orders-worker")
SPOT = "kubernetes.azure.com/scalesetpriority"
IMAGE = DockerfileParser(path=str(ROOT / "Dockerfile"))


def said_in_image(instruction: str) -> str:
    """What the last *instruction* of this kind in the Dockerfile says."""
    [*_, last] = [it["value"] for it in IMAGE.structure if it["instruction"] == instruction]
    value: str = last
    return value


def test_the_namespace_refuses_pods_that_are_not_restricted(deployed):
    """The rules hold for whatever someone else puts there, too."""
    labels = deployed.named("Namespace", "orders")["metadata"]["labels"]

    for mode in ("enforce", "audit", "warn"):
        assert labels[f"pod-security.kubernetes.io/{mode}"] == "restricted"


@pytest.mark.parametrize("name", DEPLOYMENTS)
def test_pods_ask_for_no_more_than_the_namespace_allows(deployed, name):
    """One field less, and every pod is refused at the next rollout."""
    pod, app = deployed.pod(name)["spec"], deployed.app(name)

    assert pod["securityContext"]["runAsNonRoot"] is True
    assert pod["securityContext"]["seccompProfile"] == {"type": "RuntimeDefault"}
    assert app["securityContext"] == {
        "allowPrivilegeEscalation": False,
        "readOnlyRootFilesystem": True,
        "capabilities": {"drop": ["ALL"]},
    }
    assert not {"hostNetwork", "hostPID", "hostIPC"} & set(pod)


@pytest.mark.parametrize("name", DEPLOYMENTS)
def test_pods_write_to_the_one_place_that_the_image_writes_to(deployed, name):
    """More would be a hole; less, and the host does not start."""
    volumes = {it["name"]: it for it in deployed.pod(name)["spec"]["volumes"]}
    mounts = deployed.app(name)["volumeMounts"]
    writable = [it["mountPath"] for it in mounts if not it.get("readOnly")]

    assert writable == [IMAGE.envs["HOME"]]
    assert "emptyDir" in volumes["tmp"]
    assert volumes["payment"]["csi"]["readOnly"] is True


@pytest.mark.parametrize("name", DEPLOYMENTS)
def test_pods_run_as_the_user_of_the_image_and_listen_where_it_does(deployed, name):
    """Another user could not read what the image set up for this one."""
    security, [port] = deployed.pod(name)["spec"]["securityContext"], deployed.app(name)["ports"]

    assert f"{security['runAsUser']}:{security['runAsGroup']}" == said_in_image("USER")
    assert port["containerPort"] == int(said_in_image("EXPOSE"))


@pytest.mark.parametrize("name", DEPLOYMENTS)
def test_pods_ask_for_what_they_need_and_have_limits(deployed, name):
    """Without requests KEDA has no share to take; without limits one pod starves others."""
    resources = deployed.app(name)["resources"]

    assert set(resources["requests"]) == set(resources["limits"])
    assert set(resources["limits"]) == {"cpu", "memory", "ephemeral-storage"}


@pytest.mark.parametrize("name", DEPLOYMENTS)
def test_probes_ask_routes_that_need_no_key(deployed, name):
    """A probe that is answered with 401 or 404 restarts pods for ever."""
    code = (ROOT / "function_app.py").read_text()
    open_routes = set(re.findall(r'route\("(\w+)", .*AuthLevel\.ANONYMOUS\)', code))
    asked = {
        probe: deployed.app(name)[f"{probe}Probe"]["httpGet"]["path"]
        for probe in ("startup", "liveness", "readiness")
    }

    assert asked == {
        "startup": "/api/ready",
        "liveness": "/api/health",
        "readiness": "/api/health",
    }
    assert {path.removeprefix("/api/") for path in asked.values()} <= open_routes


@pytest.mark.parametrize("name", DEPLOYMENTS)
def test_a_slow_answer_about_readiness_is_waited_for(deployed, name):
    """The app gives each service three seconds before it says that it failed."""
    from triggers.http.health import _PROBE_TIMEOUT_SECONDS

    assert deployed.app(name)["startupProbe"]["timeoutSeconds"] > _PROBE_TIMEOUT_SECONDS


@pytest.mark.parametrize("name", DEPLOYMENTS)
def test_pods_have_time_to_finish(deployed, name):
    """The pause before the signal counts, and ASP.NET takes up to 30 seconds after it."""
    pause = deployed.app(name)["lifecycle"]["preStop"]["sleep"]["seconds"]

    assert deployed.pod(name)["spec"]["terminationGracePeriodSeconds"] > pause + 30


@pytest.mark.parametrize("name", DEPLOYMENTS)
def test_pods_sign_in_as_the_apps_identity_and_know_nothing_of_kubernetes(deployed, name):
    """The token for Azure is mounted for pods with the label; one for Kubernetes for none."""
    pod = deployed.pod(name)
    account = deployed.named("ServiceAccount", pod["spec"]["serviceAccountName"])
    identity = account["metadata"]["annotations"]["azure.workload.identity/client-id"]

    assert pod["metadata"]["labels"]["azure.workload.identity/use"] == "true"
    assert deployed.environment_of(name)["MANAGED_IDENTITY_CLIENT_ID"] == identity
    assert pod["spec"]["automountServiceAccountToken"] is False
    assert pod["spec"]["enableServiceLinks"] is False
    assert account["automountServiceAccountToken"] is False


def test_requests_are_answered_on_regular_nodes(deployed):
    """A spot node is taken away with 30 seconds' notice, and a customer waits."""
    assert "tolerations" not in deployed.pod("orders-http")["spec"]


def test_workers_prefer_spot_nodes_and_do_without(deployed):
    """There may be none for hours; orders go on all the same."""
    pod = deployed.pod("orders-worker")["spec"]
    affinity = pod["affinity"]["nodeAffinity"]

    assert {it["key"]: it["value"] for it in pod["tolerations"]} == {SPOT: "spot"}
    assert list(affinity) == ["preferredDuringSchedulingIgnoredDuringExecution"]


@pytest.mark.parametrize("name", DEPLOYMENTS)
def test_pods_are_spread_over_zones_and_nodes(deployed, name):
    """Eight pods on one node are one pod."""
    spread = deployed.pod(name)["spec"]["topologySpreadConstraints"]
    labels = deployed.pod(name)["metadata"]["labels"]

    keys = {"topology.kubernetes.io/zone", "kubernetes.io/hostname"}
    assert {it["topologyKey"] for it in spread} == keys
    for constraint in spread:
        assert constraint["labelSelector"]["matchLabels"].items() <= labels.items()


@pytest.mark.parametrize("name", DEPLOYMENTS)
def test_nodes_can_always_be_drained(deployed, name):
    """A budget of what has to be there would hold up upgrades when there is one pod at night."""
    budget = deployed.named("PodDisruptionBudget", name)["spec"]
    labels = deployed.pod(name)["metadata"]["labels"]

    assert budget["maxUnavailable"] == 1
    assert budget["unhealthyPodEvictionPolicy"] == "AlwaysAllow"
    assert budget["selector"]["matchLabels"].items() <= labels.items()


def test_both_run_the_same_image_by_its_digest(deployed):
    """A tag can be moved between the pods of one release."""
    images = {deployed.app(name)["image"] for name in DEPLOYMENTS}

    assert len(images) == 1
    assert re.fullmatch(r"[\w.]+/orders@sha256:[0-9a-f]{64}", images.pop())
