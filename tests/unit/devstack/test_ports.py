import pytest

from devstack.app_settings import pointed_at
from devstack.ports import Ports, PortsError


def test_a_port_is_changed_by_name():
    """One option covers all services, so that a taken port never blocks anyone."""
    ports = Ports().changed_by(["cosmos=9000", "blob=9001"])

    assert (ports.cosmos, ports.blob, ports.payments) == (9000, 9001, Ports().payments)


@pytest.mark.parametrize("assignment", ["cosmo=9000", "cosmos", "cosmos=0", "cosmos=65536", "=1"])
def test_a_wrong_port_option_is_refused_as_it_was_written(assignment):
    """Whoever mistypes has to see the mistake."""
    with pytest.raises(PortsError, match=f"--port {assignment}"):
        Ports().changed_by([assignment])


def test_settings_follow_the_ports():
    """The sample settings stay the only place that lists them; just the ports differ."""
    values = {
        "COSMOS_ENDPOINT": "http://127.0.0.1:8081/",
        "COSMOS_DATABASE": "orders-8081",
        "PUBLIC": "https://example.com:8081",
    }

    assert pointed_at(Ports(cosmos=9000), values) == values | {
        "COSMOS_ENDPOINT": "http://127.0.0.1:9000/"
    }


def test_development_storage_follows_the_ports():
    """UseDevelopmentStorage=true knows only Azurite's default ports."""
    values = {"AzureWebJobsStorage": "UseDevelopmentStorage=true"}

    connection = pointed_at(Ports(blob=9001), values)["AzureWebJobsStorage"]

    assert "BlobEndpoint=http://127.0.0.1:9001/devstoreaccount1" in connection


def test_settings_stay_as_they_are_on_the_default_ports():
    """What runs here is what `func start` runs with the same file."""
    values = {"AzureWebJobsStorage": "UseDevelopmentStorage=true", "A": "http://127.0.0.1:8483"}

    assert pointed_at(Ports(), values) == values
