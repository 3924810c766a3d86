"""Liveness and readiness."""

import asyncio
import time
from collections.abc import Sequence
from typing import Any

import azure.functions as func

from shared.application.ports import CircuitBreaker, CircuitState, Probe
from triggers.http.answering import answering
from triggers.http.responses import answer

# Load balancers give up after some seconds; a slow service counts as unreachable before that.
_PROBE_TIMEOUT_SECONDS = 3


class HealthApi:
    """``/health`` and ``/ready``."""

    def __init__(self, probes: Sequence[Probe], circuits: Sequence[CircuitBreaker] = ()) -> None:
        self._probes = probes
        self._circuits = circuits

    @answering
    async def health(self, req: func.HttpRequest) -> func.HttpResponse:  # noqa: ARG002
        """``GET /health``: the process answers. It asks no backing service."""
        return answer({"status": "ok"})

    @answering
    async def ready(self, req: func.HttpRequest) -> func.HttpResponse:  # noqa: ARG002
        """``GET /ready``: every backing service with its result and latency; 503 if one fails.

        An open circuit is shown, and is no reason for a 503: orders are taken in, and wait.
        """
        checks = await self.check_all()
        is_ready = all(check["status"] == "ok" for check in checks.values())
        states = {circuit.name: _shown(circuit) for circuit in self._circuits}
        body = {"status": "ok" if is_ready else "unavailable", "checks": checks | states}
        return answer(body, 200 if is_ready else 503, {} if is_ready else {"Retry-After": "5"})

    async def check_all(self) -> dict[str, dict[str, Any]]:
        """Ask every service at once; also opens the connections that orders will use."""
        results = await asyncio.gather(*(_check(probe) for probe in self._probes))
        return {probe.name: result for probe, result in zip(self._probes, results, strict=True)}


def _shown(circuit: CircuitBreaker) -> dict[str, Any]:
    state = circuit.state
    status = "ok" if state is CircuitState.CLOSED else "waiting"
    return {"status": status, "state": state.value}


async def _check(probe: Probe) -> dict[str, Any]:
    began = time.perf_counter()
    try:
        await asyncio.wait_for(probe.check(), _PROBE_TIMEOUT_SECONDS)
    except Exception as error:
        # The type only: messages may hold addresses and keys.
        outcome: dict[str, Any] = {"status": "failed", "error": type(error).__name__}
    else:
        outcome = {"status": "ok"}
    return outcome | {"latencyMs": round(1000 * (time.perf_counter() - began), 1)}
