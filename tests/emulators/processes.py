"""Emulators as processes of their own, for tests that kill them."""

import subprocess
import sys

from devstack.ports import bound_socket


def free_port() -> int:
    """A loopback port nobody listens on at the moment."""
    with bound_socket() as chosen:
        return int(chosen.getsockname()[1])


class EmulatorProcess:
    """``python -m emulators.NAME --state DIR``, accepting connections inside its ``with``."""

    def __init__(self, name, state, *options):
        self.url = f"http://127.0.0.1:{(port := free_port())}"
        self._command = [
            *(sys.executable, "-m", f"emulators.{name}"),
            *("--port", str(port), "--state", str(state)),
            *options,
        ]

    def __enter__(self):
        self._process = subprocess.Popen(self._command, stdout=subprocess.PIPE, text=True)
        assert self._process.stdout
        self._output = self._process.stdout
        # Printed only once connections are accepted; an early end reads as an empty line.
        assert "ready" in self._output.readline()
        return self

    def __exit__(self, *_):
        """Kill -9: no chance to tidy up."""
        self._process.kill()
        self._process.wait()
        self._output.close()
