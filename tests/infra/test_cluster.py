"""What leads to the pods, what they are told, and that all of it exists."""

import json
import re

import pytest

from devstack.services import ROOT
from tests.infra.manifests import Manifests
from tests.infra.test_code_and_infrastructure import settings_of_bicep

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]

SECRETS = ROOT / "infra" / "secrets.json"
BACKGROUND = json.loads((ROOT / "infra" / "background-functions.json").read_text())
PREFIX = "/" + json.loads((ROOT / "host.json").read_text())["extensions"]["http"]["routePrefix"]
# Credentials are left out on Kubernetes: without one, the host tries the workload identity.
OF_APP_SERVICE = re.compile(r"__(credential|clientId)$")
# Of the host, on Kubernetes only.
OF_KUBERNETES = {"AzureFunctionsWebHost__hostid"}


def switched_off(deployed: Manifests, name: str) -> set[str]:
    """The functions that do not run in the pods of a deployment."""
    settings = deployed.environment_of(name)
    off = re.compile(r"AzureWebJobs\.(\w+)\.Disabled$")
    return {found[1] for key in settings if settings[key] == "true" and (found := off.match(key))}


def test_pods_that_answer_requests_do_nothing_else(deployed):
    """Compare infra/background-functions.json with deploy/kubernetes/base/http-only.yaml."""
    assert switched_off(deployed, "orders-http") == set(BACKGROUND)


def test_workers_do_everything(deployed):
    """What is off in both runs nowhere: orders would stand still, and nothing would say so."""
    assert switched_off(deployed, "orders-worker") == set()


@pytest.mark.parametrize("name", ["orders-http", "orders-worker"])
def test_pods_are_told_what_the_function_app_is_told(deployed, name):
    """A setting that Bicep has and the pods do not stops them, or takes its default in silence."""
    told = {key for key in deployed.environment_of(name) if not key.endswith(".Disabled")}
    in_azure = {key for key in settings_of_bicep() if not OF_APP_SERVICE.search(key)}

    assert told - OF_KUBERNETES == in_azure


@pytest.mark.parametrize("name", ["orders-http", "orders-worker"])
def test_all_pods_are_one_host(deployed, name):
    """By default the host's identity is the machine's name: each pod would run every timer."""
    settings = deployed.environment_of(name)

    assert settings["AzureFunctionsWebHost__hostid"] == "orders"


@pytest.mark.parametrize("name", ["orders-http", "orders-worker"])
def test_callers_are_not_believed_to_be_who_they_say(deployed, name):
    """With these, host and app trust headers that App Service alone keeps others from sending."""
    assert not {"POD_NAMESPACE", "WEBSITE_AUTH_ENABLED"} & set(deployed.environment_of(name))


def test_the_secrets_are_those_that_bicep_puts_into_the_vault(deployed):
    """A name that is not there keeps every pod from starting."""
    [provider] = deployed.of("SecretProviderClass")
    there = {entry["secret"] for entry in json.loads(SECRETS.read_text())}
    asked = set(re.findall(r"objectName: (\S+)", provider["spec"]["parameters"]["objects"]))

    assert asked == there
    [made] = provider["spec"]["secretObjects"]
    assert {it["objectName"] for it in made["data"]} == asked
    for entry in made["data"]:
        assert entry["key"] == entry["objectName"].replace("-", "_").upper()


def test_nothing_secret_is_written_down(deployed):
    """The manifests are in the repository, and ConfigMaps are for everybody to read."""
    assert deployed.of("Secret") == []
    assert not re.search(r"AccountKey=|SharedAccess|sk_(live|test)|whsec_|password", deployed.text)


def test_flagger_leaves_the_secret_to_the_driver(deployed):
    """A copy would keep the old key after a new one was put into the vault."""
    [provider] = deployed.of("SecretProviderClass")
    [made] = provider["spec"]["secretObjects"]

    assert made["annotations"] == {"flagger.app/config-tracking": "disabled"}


@pytest.mark.parametrize("name", ["orders-http", "orders-worker"])
def test_what_pods_refer_to_exists(deployed, name):
    """A pod that asks for what is not there waits for ever."""
    volumes = deployed.pod(name)["spec"]["volumes"]
    providers = [
        it["csi"]["volumeAttributes"]["secretProviderClass"] for it in volumes if "csi" in it
    ]

    assert deployed.environment_of(name)
    assert [deployed.named("SecretProviderClass", it) for it in providers]


def test_everything_lies_in_one_namespace(deployed):
    """The credential for the workload identity names it, and so do the measurements."""
    [namespace] = deployed.of("Namespace")
    others = [it for it in deployed.resources if it["kind"] != "Namespace"]

    assert {it["metadata"]["namespace"] for it in others} == {namespace["metadata"]["name"]}
    [objectives] = deployed.of("PrometheusServiceLevel")
    named = set(
        re.findall(r'workload_namespace="(\w+)"', json.dumps(objectives["spec"]).replace("\\", ""))
    )
    assert named == {namespace["metadata"]["name"]}


def test_no_placeholder_is_left(deployed):
    """environment/kustomization.yaml has to reach every one of them."""
    assert not re.search(
        r"\b(HOST|TENANT_ID|KEY_VAULT|STORAGE_ACCOUNT|KEDA_CLIENT_ID)\b", deployed.text
    )
    assert not re.search(r": (MANAGED_IDENTITY_CLIENT_ID|PROMETHEUS)$", deployed.text, re.M)


def test_only_the_api_and_the_webhook_for_events_are_reachable(deployed):
    """Below /admin and /runtime are keys and orchestrations."""
    canary = deployed.named("Canary", "orders-http")["spec"]["service"]
    [route] = deployed.of("HTTPRoute")
    [rule] = route["spec"]["rules"]

    assert canary["match"] == [{"uri": {"prefix": PREFIX}}]
    assert [it["path"]["value"] for it in rule["matches"]] == ["/runtime/webhooks/eventgrid"]
    assert canary["hosts"] == route["spec"]["hostnames"]


def test_events_are_pushed_to_where_they_are_listened_for(deployed):
    """Pods that answer requests have the trigger switched off, and would answer 404."""
    [route] = deployed.of("HTTPRoute")
    [backend] = route["spec"]["rules"][0]["backendRefs"]
    service = deployed.named("Service", backend["name"])["spec"]
    labels = deployed.pod("orders-worker")["metadata"]["labels"]

    assert backend["port"] in [port["port"] for port in service["ports"]]
    assert service["selector"].items() <= labels.items()
    assert "take_in_events" in BACKGROUND


def test_the_gateway_and_the_routes_find_each_other(deployed, gateway):
    """A route that no gateway allows answers nobody."""
    [way_in] = gateway.of("Gateway")
    place = {key: way_in["metadata"][key] for key in ("name", "namespace")}
    [listener] = way_in["spec"]["listeners"]
    allowed = listener["allowedRoutes"]["namespaces"]["selector"]["matchLabels"]

    assert deployed.of("HTTPRoute")[0]["spec"]["parentRefs"] == [place]
    assert deployed.of("Canary")[0]["spec"]["service"]["gatewayRefs"] == [place]
    assert allowed == {
        "kubernetes.io/metadata.name": deployed.of("Namespace")[0]["metadata"]["name"]
    }


def test_the_network_is_closed_but_for_what_is_named(deployed, gateway):
    """In: the gateway, and the check of a canary. Out: names, and HTTPS."""
    closed = deployed.named("NetworkPolicy", "default-deny")["spec"]
    ways_in = [
        rule for it in deployed.of("NetworkPolicy") for rule in it["spec"].get("ingress", [])
    ]
    ways_out = [
        rule for it in deployed.of("NetworkPolicy") for rule in it["spec"].get("egress", [])
    ]
    [way_in] = gateway.of("Gateway")

    assert closed == {"podSelector": {}, "policyTypes": ["Ingress", "Egress"]}
    sources = [
        peer["namespaceSelector"]["matchLabels"] for rule in ways_in for peer in rule["from"]
    ]
    assert [list(it.values()) for it in sources] == [
        ["flagger-system"],
        [way_in["metadata"]["namespace"]],
    ]
    ports = sorted(port["port"] for rule in ways_out for port in rule["ports"])
    assert ports == [53, 53, 443]


def test_no_pod_can_ask_for_the_identity_of_its_node(deployed):
    """The metadata service gives tokens to whoever asks."""
    policies = deployed.of("NetworkPolicy")
    peers = [
        peer for it in policies for rule in it["spec"].get("egress", []) for peer in rule["to"]
    ]
    [outside] = [it["ipBlock"] for it in peers if it.get("ipBlock", {}).get("cidr") == "0.0.0.0/0"]

    assert "169.254.169.254/32" in outside["except"]


def test_policies_and_services_select_pods_that_exist(deployed):
    """A selector with a typing error selects nothing, and is not told."""
    pods = [
        deployed.pod(it["metadata"]["name"])["metadata"]["labels"]
        for it in deployed.of("Deployment")
    ]
    selectors = [
        it["spec"]["podSelector"].get("matchLabels", {}) for it in deployed.of("NetworkPolicy")
    ]
    selectors += [it["spec"]["selector"] for it in deployed.of("Service")]

    for selector in selectors:
        assert any(selector.items() <= labels.items() for labels in pods)


def test_flagger_finds_what_a_release_is_judged_by(deployed):
    """A template that is not there stops every release at its first minute."""
    canary = deployed.named("Canary", "orders-http")["spec"]
    templates = {it["metadata"]["name"] for it in deployed.of("MetricTemplate")}

    assert {it["templateRef"]["name"] for it in canary["analysis"]["metrics"]} == templates
    assert canary["targetRef"]["name"] in [
        it["metadata"]["name"] for it in deployed.of("Deployment")
    ]
    assert canary["autoscalerRef"]["name"] in [
        it["metadata"]["name"] for it in deployed.of("ScaledObject")
    ]


def test_flagger_can_rename_the_deployment(deployed):
    """It keeps one label in the selector, and appends -primary where it finds the name."""
    deployment = deployed.named("Deployment", "orders-http")
    name, labels = deployment["metadata"]["name"], deployed.pod("orders-http")["metadata"]["labels"]

    assert deployment["spec"]["selector"]["matchLabels"] == {"app.kubernetes.io/name": name}
    shared = [
        it["spec"]["podSelector"].get("matchLabels", {}) for it in deployed.of("NetworkPolicy")
    ]
    shared += [it["spec"]["selector"]["matchLabels"] for it in deployed.of("PodDisruptionBudget")]
    assert not any("app.kubernetes.io/name" in selector for selector in shared)
    assert labels["app.kubernetes.io/component"] == "http"
