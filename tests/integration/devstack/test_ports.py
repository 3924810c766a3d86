import socket
from dataclasses import astuple

import pytest

from devstack.ports import LOOPBACK, Ports, PortsError, require_free


def test_free_ports_are_all_different():
    """Two services on one port would fail at random."""
    assert len(set(astuple(Ports.free()))) == len(Ports.names())


def test_free_ports_are_none_that_the_system_gives_to_connections():
    """Else any connection could take one before its service does, once in a thousand starts."""
    assert all(number < 32_768 for number in astuple(Ports.free()))


def test_a_taken_port_names_the_service_and_the_way_out():
    """Somebody's own Cosmos emulator on 8081 is the first thing that goes wrong."""
    with socket.socket() as taken:
        taken.bind((LOOPBACK, 0))
        taken.listen()
        number = taken.getsockname()[1]

        with pytest.raises(PortsError) as refusal:
            require_free("cosmos", number)

    assert f"cosmos: port {number}" in str(refusal.value)
    assert "--port cosmos=" in str(refusal.value)
