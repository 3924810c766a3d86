"""Who decides how many pods there are, and by what."""

import json

import pytest

from devstack.services import ROOT

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]

DURABLE = json.loads((ROOT / "host.json").read_text())["extensions"]["durableTask"]
# What Durable Functions takes when host.json says nothing.
USUAL_PARTITIONS = 4


def triggers(deployed, name):
    """The triggers of a ScaledObject, by their names."""
    found = deployed.named("ScaledObject", name)["spec"]["triggers"]
    return {trigger["name"]: trigger for trigger in found}


def floor_of(deployed, name):
    """The least number of pods there are: at night, and in office hours."""
    scaled = deployed.named("ScaledObject", name)["spec"]
    night = scaled["minReplicaCount"]
    if name == "orders-http":
        canary = deployed.named("Canary", "orders-http")["spec"]["autoscalerRef"]
        night = canary["primaryScalerReplicas"]["minReplicas"]
    by_day = triggers(deployed, name)["office-hours"]["metadata"]["desiredReplicas"]
    return night, max(night, int(by_day))


def test_keda_alone_decides_how_many_pods_there_are(deployed):
    """Two autoscalers undo each other's work; replicas in a manifest undo it at every apply."""
    scaled = [it["spec"]["scaleTargetRef"]["name"] for it in deployed.of("ScaledObject")]

    assert sorted(scaled) == [it["metadata"]["name"] for it in deployed.of("Deployment")]
    assert deployed.of("HorizontalPodAutoscaler") == []
    assert not any("replicas" in it["spec"] for it in deployed.of("Deployment"))


def test_the_vertical_autoscaler_recommends_and_does_nothing(deployed):
    """KEDA scales by a share of the requests, which must not move meanwhile."""
    modes = {
        it["spec"]["updatePolicy"]["updateMode"] for it in deployed.of("VerticalPodAutoscaler")
    }
    targets = {it["spec"]["targetRef"]["name"] for it in deployed.of("VerticalPodAutoscaler")}

    assert modes == {"Off"}
    assert targets == {"orders-http-primary", "orders-worker"}


@pytest.mark.parametrize("name", ["orders-http", "orders-worker"])
def test_nothing_goes_to_zero(deployed, name):
    """Change feed, timers and requests have no queue that could wake a pod up."""
    scaled = deployed.named("ScaledObject", name)["spec"]

    assert scaled["minReplicaCount"] >= 1
    assert "idleReplicaCount" not in scaled
    assert floor_of(deployed, name)[0] >= 1


@pytest.mark.parametrize("name", ["orders-http", "orders-worker"])
def test_production_has_fewer_pods_outside_of_office_hours(deployed, name):
    """At night it pays for what is needed then, and still survives the loss of a node."""
    night, day = floor_of(deployed, name)

    if deployed.name == "production":
        assert 2 <= night < day
    else:
        assert (night, day) == (1, 1)


@pytest.mark.parametrize("name", ["orders-http", "orders-worker"])
def test_the_floor_is_below_the_ceiling(deployed, name):
    """Otherwise KEDA refuses the object, and nothing scales."""
    assert (
        floor_of(deployed, name)[1]
        <= deployed.named("ScaledObject", name)["spec"]["maxReplicaCount"]
    )


def test_workers_scale_by_the_queues_of_the_task_hub(deployed):
    """KEDA asks for queues by name; one that does not exist stops all scaling."""
    hub = deployed.environment_of("orders-worker")["TASKHUB_NAME"].lower()
    partitions = DURABLE["storageProvider"].get("partitionCount", USUAL_PARTITIONS)
    found = triggers(deployed, "orders-worker").values()

    queues = {it["metadata"]["queueName"] for it in found if it["type"] == "azure-queue"}

    controls = {f"{hub}-control-{number:02}" for number in range(partitions)}
    assert queues == controls | {f"{hub}-workitems"}


def test_a_worker_is_counted_on_for_as_much_as_it_takes(deployed):
    """What host.json says that one instance does at once."""
    found = triggers(deployed, "orders-worker")
    activities = found["activities"]["metadata"]
    sagas = [it["metadata"] for name, it in found.items() if name.startswith("sagas-")]

    assert int(activities["queueLength"]) == DURABLE["maxConcurrentActivityFunctions"]
    for saga in sagas:
        assert int(saga["queueLength"]) == DURABLE["maxConcurrentOrchestratorFunctions"]


def test_timers_of_sagas_are_not_taken_for_work(deployed):
    """They lie in the control queues, invisible until they fire, which may be a day later."""
    found = triggers(deployed, "orders-worker")

    assert found["activities"]["metadata"]["queueLengthStrategy"] == "all"
    for name, trigger in found.items():
        if name.startswith("sagas-"):
            assert trigger["metadata"]["queueLengthStrategy"] == "visibleonly"


def test_queues_are_asked_with_an_identity_and_no_key(deployed):
    """KEDA has an identity of its own, which may read queues and do nothing else."""
    found = triggers(deployed, "orders-worker").values()
    refs = {it["authenticationRef"]["name"] for it in found if it["type"] == "azure-queue"}
    [auth] = deployed.of("TriggerAuthentication")
    app = deployed.environment_of("orders-worker")["MANAGED_IDENTITY_CLIENT_ID"]

    assert refs == {auth["metadata"]["name"]}
    assert auth["spec"]["podIdentity"]["provider"] == "azure-workload"
    assert auth["spec"]["podIdentity"]["identityId"]
    assert app


def test_flagger_can_copy_the_scaled_object(deployed):
    """It writes the object back with the fields it knows (1.44), and the others are lost."""
    spec = deployed.named("ScaledObject", "orders-http")["spec"]
    known = {
        "scaleTargetRef",
        "pollingInterval",
        "cooldownPeriod",
        "idleReplicaCount",
        "minReplicaCount",
        "maxReplicaCount",
        "advanced",
        "triggers",
        "fallback",
    }
    of_triggers = {"type", "name", "metadata", "authenticationRef", "metricType"}

    assert set(spec) <= known
    assert all(set(trigger) <= of_triggers for trigger in spec["triggers"])
    assert set(spec.get("fallback", {})) <= {"failureThreshold", "replicas"}
