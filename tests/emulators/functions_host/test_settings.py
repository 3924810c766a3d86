"""host.json and local.settings.json: read as the real host does, refused when it would."""

import json
import os
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from emulators.functions_host.cors import CorsPolicy
from emulators.functions_host.errors import StartError
from emulators.functions_host.host_json import HostSettings, read_host_json
from emulators.functions_host.local_settings import LocalHost, apply_local_settings
from emulators.functions_host.retry import RetryPolicy


def read(folder: Path, **root: Any) -> HostSettings:
    """The settings of a host.json with *root* on top of its version."""
    (folder / "host.json").write_text(json.dumps({"version": "2.0", **root}))
    return read_host_json(folder)


def test_reads_what_the_host_uses(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """The hub name may come from a setting."""
    monkeypatch.setenv("HUB", "Orders")

    settings = read(
        tmp_path,
        functionTimeout="00:05:00",
        retry={
            "strategy": "exponentialBackoff",
            "maxRetryCount": 3,
            "minimumInterval": "00:00:01",
            "maximumInterval": "00:00:10",
        },
        extensions={
            "http": {"routePrefix": ""},
            "durableTask": {"hubName": "%HUB%", "maxConcurrentActivityFunctions": 7},
            "queues": {"batchSize": 4, "messageEncoding": "None"},
            "blobs": {"poisonBlobThreshold": 2},
        },
    )

    assert settings.timeout == timedelta(minutes=5)
    assert settings.retry == RetryPolicy(3, timedelta(seconds=1), timedelta(seconds=10), True)
    assert settings.http.route_prefix == ""
    assert settings.durable.hub_name == "Orders"
    assert settings.durable.max_activities == 7
    assert (settings.queues.batch_size, settings.queues.new_batch_threshold) == (4, 2)
    assert not settings.queues.base64_messages
    assert settings.blobs.tries == 2


def test_has_the_real_hosts_defaults(tmp_path: Path):
    """An app with an empty host.json behaves as in Azure."""
    settings = read(tmp_path)

    assert settings.timeout == timedelta(minutes=30)
    assert settings.retry is None
    assert settings.http.route_prefix == "api"
    assert settings.durable.hub_name == "TestHubName"


def test_reads_names_without_regard_to_case(tmp_path: Path):
    """.NET's configuration does, and published apps rely on it."""
    settings = read(tmp_path, Extensions={"DurableTask": {"HubName": "Orders"}})

    assert settings.durable.hub_name == "Orders"


def test_knows_no_timeout(tmp_path: Path):
    """-1 is unlimited."""
    assert read(tmp_path, functionTimeout="-1").timeout is None


@pytest.mark.parametrize(
    ("root", "reason"),
    [
        ({"version": "3.0"}, 'version must be "2.0"'),
        ({"functionTimeout": "soon"}, "functionTimeout: 'soon' is not a time span"),
        ({"functionTimeout": "00:00:00"}, "functionTimeout must be at least"),
        ({"extensionBundle": {"id": "x"}}, "extensionBundle.version is required"),
        ({"retry": {"strategy": "sometimes"}}, "'sometimes' is not a retry strategy"),
        ({"retry": {"strategy": "fixedDelay", "delayInterval": "00:00:01"}}, "maxRetryCount"),
        (
            {
                "retry": {
                    "strategy": "exponentialBackoff",
                    "maxRetryCount": 1,
                    "minimumInterval": "00:00:02",
                    "maximumInterval": "00:00:01",
                }
            },
            "minimumInterval is longer than maximumInterval",
        ),
        ({"extensions": {"durableTask": {"hubName": "a-b"}}}, "hubName 'a-b'"),
        ({"extensions": {"durableTask": {"extendedSessionsEnabled": True}}}, "for .NET apps only"),
        (
            {"extensions": {"durableTask": {"maxConcurrentActivityFunctions": 0}}},
            "maxConcurrentActivityFunctions must be a positive number",
        ),
        ({"extensions": {"durableTask": {"maxEntityOperationBatchSize": 0}}}, "BatchSize must be"),
        (
            {"extensions": {"durableTask": {"versionMatchStrategy": "Newer"}}},
            "versionMatchStrategy 'Newer' is none of None, Strict, CurrentOrOlder",
        ),
        (
            {"extensions": {"durableTask": {"versionFailureStrategy": "Wait"}}},
            "versionFailureStrategy 'Wait' is none of Reject, Fail",
        ),
        (
            {"extensions": {"durableTask": {"overridableExistingInstanceStates": "Some"}}},
            "overridableExistingInstanceStates 'Some' is none of NonRunningStates, AnyState",
        ),
        (
            {"extensions": {"durableTask": {"storeInputsInOrchestrationHistory": "maybe"}}},
            "storeInputsInOrchestrationHistory 'maybe' is neither true nor false",
        ),
        ({"extensions": {"durableTask": {"defaultVersion": 2}}}, "defaultVersion 2 must be a str"),
        (
            {"extensions": {"durableTask": {"localRpcEndpointEnabled": False}}},
            "does not support extensions.durableTask.localRpcEndpointEnabled false",
        ),
        (
            {"extensions": {"durableTask": {"httpSettings": {"useForwardedHost": True}}}},
            "does not support extensions.durableTask.httpSettings.useForwardedHost",
        ),
        (
            {
                "extensions": {
                    "durableTask": {"notifications": {"eventGrid": {"topicEndpoint": "https://x"}}}
                }
            },
            "does not support extensions.durableTask.notifications.eventGrid",
        ),
        (
            {"extensions": {"durableTask": {"storageProvider": {"type": "redis"}}}},
            "type 'redis' is none of AzureStorage, azureManaged, mssql, Netherite",
        ),
        ({"extensions": {"http": {"maxConcurrentRequests": 0}}}, "must be positive, or -1"),
        ({"extensions": {"http": {"dynamicThrottlesEnabled": True}}}, "does not support"),
        ({"extensions": []}, "extensions must be an object"),
        ({"functions": "one"}, "functions must be a list of names"),
        ({"extensions": {"queues": {"batchSize": 33}}}, "queues.batchSize must be at most 32"),
        ({"extensions": {"queues": {"maxDequeueCount": 0}}}, "maxDequeueCount must be a number"),
        ({"extensions": {"queues": {"maxPollingInterval": "00:00:00"}}}, "at least 00:00:00.100"),
        ({"extensions": {"queues": {"visibilityTimeout": "x"}}}, "'x' is not a time span"),
        ({"extensions": {"queues": {"messageEncoding": "utf8"}}}, "must be base64 or none"),
        ({"extensions": {"blobs": {"poisonBlobThreshold": 0}}}, "must be a positive number"),
    ],
)
def test_refuses(tmp_path: Path, root: dict[str, Any], reason: str):
    """The real host would not start, or this one would get it wrong without a word."""
    with pytest.raises(StartError, match=reason):
        read(tmp_path, **root)


def test_backs_off_exponentially_up_to_the_maximum():
    """The first pause is the minimum itself; jitter stays within a fifth."""
    policy = RetryPolicy(-1, timedelta(seconds=1), timedelta(seconds=10), exponential=True)

    assert policy.delay_seconds(1) == 1
    assert 1.8 <= policy.delay_seconds(2) <= 2.2
    assert 2.6 <= policy.delay_seconds(3) <= 3.4
    assert policy.delay_seconds(2000) == 10


def test_takes_hub_names_of_other_backends(tmp_path: Path):
    """Only Azure Storage names tables after the hub."""
    durable = {"hubName": "my-hub_1", "storageProvider": {"type": "azuremanaged"}}

    settings = read(tmp_path, extensions={"durableTask": durable}).durable

    assert (settings.provider, settings.hub_name) == ("azureManaged", "my-hub_1")


def test_reads_which_functions_to_load(tmp_path: Path):
    """The names ignore case, as those of functions do."""
    assert read(tmp_path).functions is None
    assert read(tmp_path, functions=["Orders"]).functions == ["orders"]


def test_reads_how_core_tools_would_serve_the_app(tmp_path: Path):
    """``Host`` is for this machine only, so it is not among the settings."""
    host = {"LocalHttpPort": 7075, "CORS": "http://a, http://b", "CORSCredentials": True}
    (tmp_path / "local.settings.json").write_text(json.dumps({"Host": host}))

    local = apply_local_settings(tmp_path)

    assert local == LocalHost(7075, CorsPolicy(("http://a", "http://b"), credentials=True))


def test_gives_the_environment_precedence_over_local_settings(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    """As Core Tools: what is exported wins."""
    monkeypatch.setattr(os, "environ", {"SET": "outside"})
    (tmp_path / "local.settings.json").write_text('{"Values": {"SET": "file", "NEW": "file"}}')

    apply_local_settings(tmp_path)

    assert os.environ == {"SET": "outside", "NEW": "file"}


def test_lets_app_settings_override_host_json(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """One package for all environments: what differs is set beside it, as in Azure."""
    monkeypatch.setenv("AzureFunctionsJobHost__extensions__http__ROUTEPREFIX", "v2")
    monkeypatch.setenv("AzureFunctionsJobHost__extensions__durableTask__hubName", "Another")
    monkeypatch.setenv(
        "azurefunctionsjobhost__extensions__durableTask__maxConcurrentActivityFunctions", "3"
    )

    settings = read(
        tmp_path, extensions={"http": {"routePrefix": "api"}, "durableTask": {"hubName": "One"}}
    )

    assert settings.http.route_prefix == "v2"
    assert (settings.durable.hub_name, settings.durable.max_activities) == ("Another", 3)


@pytest.mark.parametrize("text", ["{", '{"Values": []}', '{"Values": {"A": 1}}'])
def test_refuses_broken_local_settings(tmp_path: Path, text: str):
    """A number is refused, too: settings are strings in Azure."""
    (tmp_path / "local.settings.json").write_text(text)

    with pytest.raises(StartError, match=r"local\.settings\.json"):
        apply_local_settings(tmp_path)
