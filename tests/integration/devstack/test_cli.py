import os
import signal
import socket
import subprocess
import sys
from dataclasses import asdict

import pytest

from devstack.ports import LOOPBACK, Ports, require_free
from devstack.services import ROOT


def devstack(*arguments: str, ports: Ports | None = None) -> subprocess.Popen[str]:
    """The command line as dev.py starts it, on *ports*."""
    assignments = asdict(ports or Ports.free()).items()
    return subprocess.Popen(
        [sys.executable, "-m", "devstack", *arguments],
        cwd=ROOT,
        env={
            **os.environ,
            "DEVSTACK_PORTS": " ".join(f"{name}={port}" for name, port in assignments),
        },
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


@pytest.mark.skipif(os.name != "posix", reason="sends POSIX signals")
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_an_interrupted_stack_ends_quietly_and_leaves_nothing(number):
    """Ctrl-C is how everyone ends it: no traceback, and the ports are free for the next start."""
    ports = Ports.free()
    with devstack("emulators", ports=ports) as process:
        assert process.stdout
        while "func start" not in process.stdout.readline():
            assert process.poll() is None
        process.send_signal(number)
        process.send_signal(number)  # people are impatient

        _, complaints = process.communicate(timeout=20)

    assert (process.returncode, complaints) == (130, "")
    for name, port in asdict(ports).items():
        require_free(name, port)


def test_a_taken_port_is_one_clear_message():
    """A traceback would hide the one line that helps."""
    with socket.socket() as taken:
        taken.bind((LOOPBACK, 0))
        taken.listen()
        ports = Ports.free().changed_by([f"payments={taken.getsockname()[1]}"])

        with devstack("emulators", ports=ports) as process:
            _, complaints = process.communicate(timeout=20)

    assert process.returncode == 1
    assert complaints.startswith(f"payments: port {ports.payments} on 127.0.0.1 is already in use")
    assert "Traceback" not in complaints


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        (["run", "--orders", "nowhere.csv"], "nowhere.csv"),
        (["run", "--json", "nowhere/report.json"], "--json nowhere/report.json"),
        (["serve", "--port", "cosmo=1"], "--port cosmo=1"),
    ],
)
def test_a_mistake_is_told_before_anything_starts(arguments, complaint):
    """Starting a stack to find a typo wastes the time of whoever made it."""
    with devstack(*arguments) as process:
        printed, complaints = process.communicate(timeout=20)

    assert process.returncode == 1
    assert complaint in complaints
    assert "Traceback" not in complaints
    assert "Starting" not in printed


def test_a_topic_that_would_be_ignored_is_refused():
    """Someone who names a topic believes that events are sent there."""
    with devstack("run", "--topic", "http://127.0.0.1:1/orders/api/events") as process:
        printed, complaints = process.communicate(timeout=20)

    assert process.returncode == 2
    assert "--topic goes with --via events" in complaints
    assert "Starting" not in printed
