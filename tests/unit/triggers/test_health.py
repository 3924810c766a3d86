"""Liveness and readiness."""

import json
from dataclasses import dataclass

import pytest

from shared.application.ports import CircuitState
from tests.unit.triggers.requests import request
from triggers.http.health import HealthApi


@dataclass
class Service:
    """A backing service that answers, or fails."""

    name: str
    failure: Exception | None = None

    async def check(self) -> None:
        if self.failure:
            raise self.failure


async def test_ready_shows_every_service_with_its_latency():
    """On-call sees at one look which service is slow."""
    response = await HealthApi([Service("a"), Service("b")]).ready(request("GET"))

    checks = json.loads(response.get_body())["checks"]
    assert response.status_code == 200
    assert set(checks) == {"a", "b"}
    assert all(check["latencyMs"] >= 0 for check in checks.values())


async def test_ready_is_503_when_one_service_fails_and_still_shows_the_others():
    """Load balancers take the worker out; a person sees why."""
    failing = Service("b", ConnectionError("AccountKey=secret"))

    response = await HealthApi([Service("a"), failing]).ready(request("GET"))

    checks = json.loads(response.get_body())["checks"]
    assert response.status_code == 503
    assert (checks["a"]["status"], checks["b"]["status"]) == ("ok", "failed")
    assert checks["b"]["error"] == "ConnectionError"
    assert b"secret" not in response.get_body()


@pytest.mark.parametrize("services", [[], [Service("a", ConnectionError())]])
async def test_health_asks_nobody(services):
    """A restart of the app does not mend a database."""
    response = await HealthApi(services).health(request("GET"))

    assert response.status_code == 200


@dataclass
class Breaker:
    """A circuit in some state."""

    name: str
    state: CircuitState


@pytest.mark.parametrize(
    ("state", "status"), [(CircuitState.CLOSED, "ok"), (CircuitState.OPEN, "waiting")]
)
async def test_ready_shows_circuits_and_stays_ready(state, status):
    """While a payment provider is down orders are taken in: no reason to stop sending them."""
    health = HealthApi([Service("a")], [Breaker("payment-gateway", state)])

    response = await health.ready(request("GET"))

    body = json.loads(response.get_body())
    assert (response.status_code, body["status"]) == (200, "ok")
    assert body["checks"]["payment-gateway"] == {"status": status, "state": state}
